//! Cases of [`Jobs`](crate::live::Jobs) about which programs take jobs.

use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL};
use crate::live::jobs::Program;

fn program(rules_version: u32) -> Program {
    Program {
        rules_version,
        engine: "0.1.0".to_owned(),
        rng: "pcg64 dxsm".to_owned(),
    }
}

/// What one node says, every node knows.
pub async fn a_program_that_takes_jobs_is_known_everywhere(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.jobs, fixture.client().await.jobs);
    assert_eq!(two.attended().await.unwrap(), []);
    one.attend(&program(7), LONG).await.unwrap();
    assert_eq!(two.attended().await.unwrap(), [program(7)]);
}

/// By version, as numbers; two nodes with one program are one, two programs of one version are two.
pub async fn programs_come_in_order_and_once(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let later = Program {
        engine: "0.2.0".to_owned(),
        ..program(9)
    };
    for said in [&program(10), &later, &program(9), &program(10)] {
        jobs.attend(said, LONG).await.unwrap();
    }
    assert_eq!(jobs.attended().await.unwrap(), [program(9), later, program(10)]);
}

/// Each program ends by itself, and lasts as long as the last who said it.
pub async fn a_program_ends_unless_said_again(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    jobs.attend(&program(1), TTL).await.unwrap();
    jobs.attend(&program(2), TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    jobs.attend(&program(2), TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(jobs.attended().await.unwrap(), [program(2)]);
    fixture.pass(OVER_TTL).await;
    assert_eq!(jobs.attended().await.unwrap(), []);
}
