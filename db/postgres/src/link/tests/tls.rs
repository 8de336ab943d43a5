//! TLS against a server with a certificate of a local authority.

use std::fmt::Write as _;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::NamedTempFile;
use tiltyard_db::StoreError;
use tiltyard_db_testkit::Postgres;

use super::{one, options, run};
use crate::link::{Link, Statement};

const ENCRYPTED: Statement = Statement {
    name: "encrypted",
    sql: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
};

/// An authority, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            file,
        }
    }

    /// Returns a certificate for `name` and its key.
    fn signed(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn path(&self) -> String {
        self.file.path().to_string_lossy().replace('/', "%2F")
    }
}

/// A server that speaks TLS as `name`, and the URL of a database on `host`, without parameters.
async fn server(authority: &Authority, name: &str, host: &str) -> (Postgres, String) {
    let server = Postgres::options().tcp().start().unwrap();
    let link = Link::open(&options(&server.url("postgres"))).await.unwrap();
    let (certificate, key) = authority.signed(name);
    // The server itself writes the files: it takes no key that belongs to another user.
    for (file, pem) in [("server.crt", certificate), ("server.key", key)] {
        let mut lines = String::new();
        for line in pem.lines() {
            write!(lines, "{}('{line}')", if lines.is_empty() { "" } else { ", " }).unwrap();
        }
        let copy = format!("COPY (VALUES {lines}) TO PROGRAM 'umask 077; cat > {file}'");
        run(&link, &copy).await;
    }
    run(&link, "ALTER SYSTEM SET ssl = on").await;
    link.close().await;
    server.restart().unwrap();
    let url = server.tcp_url("postgres").unwrap().replace("127.0.0.1", host);
    (server, url)
}

async fn opened(url: String) -> Result<Link, StoreError> {
    Link::open(&options(&url)).await
}

/// Returns why the link was refused, causes included.
async fn refusal(url: String) -> String {
    let error = opened(url).await.unwrap_err();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        write!(text, ": {inner}").unwrap();
        cause = inner.source();
    }
    text
}

#[tokio::test]
async fn the_right_host_of_the_right_authority_is_spoken_to_in_private() {
    let authority = Authority::new();
    let (_server, url) = server(&authority, "localhost", "localhost").await;
    for sslmode in ["verify-full", "require"] {
        let link = opened(format!("{url}?sslmode={sslmode}&sslrootcert={}", authority.path()))
            .await
            .unwrap();
        assert!(one::<bool>(&link.query(&ENCRYPTED, &[]).await.unwrap()));
    }
    let plain = opened(format!("{url}?sslmode=disable")).await.unwrap();
    assert!(!one::<bool>(&plain.query(&ENCRYPTED, &[]).await.unwrap()));
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let (_server, url) = server(&authority, "db.example.com", "localhost").await;
    let why = refusal(format!("{url}?sslmode=verify-full&sslrootcert={}", authority.path())).await;
    assert!(why.contains("not valid for name"), "{why}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (_server, url) = server(&authority, "localhost", "localhost").await;
    let why = refusal(format!("{url}?sslmode=verify-full&sslrootcert={}", other.path())).await;
    assert!(why.contains("UnknownIssuer") || why.contains("BadSignature"), "{why}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let server = Postgres::options().tcp().start().unwrap();
    let url = server.tcp_url("postgres").unwrap();
    let authority = Authority::new();
    let why = refusal(format!("{url}?sslmode=verify-full&sslrootcert={}", authority.path())).await;
    assert!(why.contains("server does not support TLS"), "{why}");
}

#[tokio::test]
async fn a_file_that_is_no_authority_is_named() {
    let file = NamedTempFile::new().unwrap();
    let path = file.path().to_string_lossy();
    let why = refusal(format!("postgresql://a@localhost/b?sslrootcert={path}")).await;
    assert!(why.contains(&*path), "{why}");
}
