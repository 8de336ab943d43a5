//! TLS with a local authority: the right one is trusted, another one or another name is not.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tiltyard_db::StoreError;
use tiltyard_db::live::{Lease, Wakeups};
use tiltyard_db_testkit::Redis;

use crate::common::{LONG, boot, connect, inbox, started};

/// A server with a certificate for `localhost`, and the files of its authority and of another.
async fn secured() -> (Arc<Redis>, u16, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let issuer = authority(folder.path(), "authority.pem");
    authority(folder.path(), "other.pem");
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.path().join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.path().join("server.key"), key.serialize_pem()).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let arguments = [
        ["--tls-port".to_owned(), port.to_string()],
        ["--tls-cert-file".to_owned(), file("server.pem")],
        ["--tls-key-file".to_owned(), file("server.key")],
        ["--tls-ca-cert-file".to_owned(), file("authority.pem")],
        ["--tls-auth-clients".to_owned(), "no".to_owned()],
    ];
    let server = started(move || Redis::options().arguments(arguments.concat()).start().unwrap()).await;
    (server, port, folder)
}

fn authority(folder: &Path, name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(folder.join(name), issuer.pem()).unwrap();
    issuer
}

#[tokio::test]
async fn a_trusted_server_serves_over_tls() {
    let (_server, port, folder) = secured().await;
    let authority = folder.path().join("authority.pem");
    let store = connect(&format!("rediss://localhost:{port}?ca={}", authority.display()))
        .await
        .unwrap();
    assert!(store.hold("queue/a", boot(1), LONG).await.unwrap().is_mine());
    store.subscribe(inbox(1)).await.unwrap();
}

#[tokio::test]
async fn a_wrong_authority_or_name_is_refused() {
    let (_server, port, folder) = secured().await;
    let file = |name: &str| folder.path().join(name).display().to_string();
    for (url, why) in [
        (
            format!("rediss://localhost:{port}?ca={}", file("other.pem")),
            "UnknownIssuer",
        ),
        (
            format!("rediss://127.0.0.1:{port}?ca={}", file("authority.pem")),
            "NotValidForName",
        ),
    ] {
        let refused = connect(&url).await.unwrap_err();
        let StoreError::Unavailable { source, .. } = refused else {
            panic!("{refused:?}");
        };
        let said = source.to_string();
        assert!(
            said.contains("its certificate is not trusted") && said.contains(why),
            "{said}"
        );
    }
}
