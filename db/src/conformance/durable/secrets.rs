//! Secrets: whoever comes first decides for all.

use bytes::Bytes;
use futures::future::join_all;

use super::DurableFixture;

/// The first candidate becomes the secret and stays it.
pub async fn the_first_candidate_stays(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (first, second) = (Bytes::from_static(&[0, 255, 1]), Bytes::from_static(b"second"));
    let ask = |candidate: &Bytes| store.secrets.secret("match", candidate.clone());
    assert_eq!(ask(&first).await.unwrap(), first);
    assert_eq!(ask(&second).await.unwrap(), first);
    assert_eq!(
        fixture.client().await.secrets.secret("match", second).await.unwrap(),
        first
    );
}

/// Each name has a secret of its own.
pub async fn names_are_apart(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (first, second) = (Bytes::from_static(b"first"), Bytes::from_static(b"second"));
    assert_eq!(store.secrets.secret("match", first.clone()).await.unwrap(), first);
    assert_eq!(store.secrets.secret("signing", second.clone()).await.unwrap(), second);
}

/// Of many candidates at once one decides for all.
pub async fn a_crowd_gets_one_secret(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let ask = |n: u8| {
        nodes[usize::from(n % 2)]
            .secrets
            .secret("match", Bytes::from(vec![n; 32]))
    };
    let secrets = join_all((0..12).map(ask)).await;
    let first = secrets[0].as_ref().unwrap();
    for secret in &secrets {
        assert_eq!(secret.as_ref().unwrap(), first);
    }
}
