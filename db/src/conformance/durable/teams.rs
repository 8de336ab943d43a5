//! Teams, and the builds they name.

use bytes::Bytes;
use futures::future::join_all;
use tiltyard_protocol::{BuildHash, TeamId};

use super::DurableFixture;
use super::world::*;
use crate::durable::teams::{PutTeam, TeamRecord};

const fn team_id(n: u8) -> TeamId {
    TeamId::from_bytes([n; 16])
}

fn bytes_of(text: &str) -> Bytes {
    Bytes::from(text.to_owned())
}

fn team(owner: u32, n: u8, build: &str) -> (TeamRecord, Bytes) {
    let record = TeamRecord {
        player: player(owner),
        id: team_id(n),
        name: format!("Team {n}"),
        build: BuildHash::of(build.as_bytes()),
        updated_at: at(i64::from(n)),
    };
    (record, bytes_of(build))
}

/// A team is created with its build and reads back as it was written.
pub async fn a_team_is_created(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (record, build) = team(1, 1, "a");
    let outcome = store.teams.put_team(record.clone(), build.clone(), 9).await.unwrap();
    assert_eq!(outcome, PutTeam::Created);
    assert_eq!(
        store.teams.team(player(1), team_id(1)).await.unwrap(),
        Some(record.clone())
    );
    assert_eq!(store.teams.builds(&[record.build]).await.unwrap(), [Some(build)]);
}

/// Writing it again replaces it, and its former build stays.
pub async fn a_team_is_replaced(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (first, build) = team(1, 1, "a");
    store.teams.put_team(first.clone(), build, 9).await.unwrap();
    let (mut second, build) = team(1, 1, "b");
    second.name = "Renamed".to_owned();
    let outcome = store.teams.put_team(second.clone(), build, 9).await.unwrap();
    assert_eq!(outcome, PutTeam::Replaced);
    assert_eq!(store.teams.teams(player(1)).await.unwrap(), [second.clone()]);
    let builds = store.teams.builds(&[first.build, second.build]).await.unwrap();
    assert_eq!(builds, [Some(bytes_of("a")), Some(bytes_of("b"))]);
}

/// A new team over the limit is not written, nor is its build; those there are may still change.
pub async fn a_limit_holds_for_new_teams(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let put = async |owner, n, build: &str| {
        let (record, bytes) = team(owner, n, build);
        store.teams.put_team(record, bytes, 2).await.unwrap()
    };
    assert_eq!(put(1, 1, "a").await, PutTeam::Created);
    assert_eq!(put(1, 2, "a").await, PutTeam::Created);
    assert_eq!(put(1, 3, "c").await, PutTeam::LimitReached);
    assert_eq!(put(1, 2, "d").await, PutTeam::Replaced);
    assert_eq!(put(2, 3, "a").await, PutTeam::Created);
    assert_eq!(store.teams.team(player(1), team_id(3)).await.unwrap(), None);
    assert_eq!(store.teams.builds(&[BuildHash::of(b"c")]).await.unwrap(), [None]);
    store.teams.delete_team(player(1), team_id(1)).await.unwrap();
    assert_eq!(put(1, 3, "c").await, PutTeam::Created);
}

/// Two nodes at once cannot beat the limit.
pub async fn a_crowd_cannot_beat_the_limit(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let put = |n: u8| {
        let (record, bytes) = team(1, n, "a");
        nodes[usize::from(n % 2)].teams.put_team(record, bytes, 3)
    };
    let outcomes = join_all((0..16).map(put)).await;
    let created = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(PutTeam::Created)));
    assert_eq!(created.count(), 3);
    assert_eq!(nodes[0].teams.teams(player(1)).await.unwrap().len(), 3);
}

/// Teams are their owner's: another player sees, changes and deletes a team of their own under the same id.
pub async fn a_team_is_its_owners(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (mine, build) = team(1, 1, "a");
    store.teams.put_team(mine.clone(), build, 9).await.unwrap();
    assert_eq!(store.teams.team(player(2), team_id(1)).await.unwrap(), None);
    assert_eq!(store.teams.teams(player(2)).await.unwrap(), []);
    assert!(!store.teams.delete_team(player(2), team_id(1)).await.unwrap());
    let (theirs, build) = team(2, 1, "b");
    let outcome = store.teams.put_team(theirs, build, 9).await.unwrap();
    assert_eq!(outcome, PutTeam::Created);
    assert_eq!(store.teams.team(player(1), team_id(1)).await.unwrap(), Some(mine));
}

/// Teams come by id.
pub async fn teams_come_by_id(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for n in [3, 1, 2] {
        let (record, build) = team(1, n, "a");
        store.teams.put_team(record, build, 9).await.unwrap();
    }
    let teams = store.teams.teams(player(1)).await.unwrap();
    let ids: Vec<_> = teams.iter().map(|team| team.id).collect();
    assert_eq!(ids, [1, 2, 3].map(team_id));
}

/// A deleted team is gone, its build is not, and deleting again says that there was none.
pub async fn a_deleted_team_leaves_its_build(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (record, build) = team(1, 1, "a");
    store.teams.put_team(record.clone(), build.clone(), 9).await.unwrap();
    assert!(store.teams.delete_team(player(1), team_id(1)).await.unwrap());
    assert!(!store.teams.delete_team(player(1), team_id(1)).await.unwrap());
    assert_eq!(store.teams.team(player(1), team_id(1)).await.unwrap(), None);
    assert_eq!(store.teams.builds(&[record.build]).await.unwrap(), [Some(build)]);
}

/// Builds come in the order of the question; storing a known one again is harmless.
pub async fn builds_come_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let pair = |text: &str| (BuildHash::of(text.as_bytes()), bytes_of(text));
    store
        .teams
        .put_builds(vec![pair("a"), pair("b"), pair("a")])
        .await
        .unwrap();
    store.teams.put_builds(vec![pair("b")]).await.unwrap();
    store.teams.put_builds(Vec::new()).await.unwrap();
    let hashes = ["b", "x", "a", "b"].map(|text| BuildHash::of(text.as_bytes()));
    let builds = store.teams.builds(&hashes).await.unwrap();
    assert_eq!(
        builds,
        [Some(bytes_of("b")), None, Some(bytes_of("a")), Some(bytes_of("b"))]
    );
}
