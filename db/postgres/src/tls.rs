//! TLS to the database: always with the host's name and an authority checked, by rustls with the ring provider.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::url::Protection;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The file of `sslrootcert` cannot be read.
    #[error("sslrootcert {path} cannot be read as PEM certificates")]
    Authority {
        path: String,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The file of `sslrootcert` holds no certificate that can be an authority.
    #[error("sslrootcert {0} holds no usable certificate")]
    NoAuthority(String),
    /// The system has no authorities.
    #[error(
        "this system has no certificate authorities: install ca-certificates, or name your provider's by sslrootcert=FILE"
    )]
    NoSystemAuthorities,
    /// rustls refused its own defaults.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// Makes what performs handshakes; none for a plain connection.
pub(crate) fn connector(protection: &Protection) -> Result<Option<MakeRustlsConnect>, TlsError> {
    let Protection::Verified { authority } = protection else {
        return Ok(None);
    };
    let roots = match authority {
        Some(path) => from_file(path)?,
        None => from_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn from_file(path: &Path) -> Result<RootCertStore, TlsError> {
    let shown = path.display().to_string();
    let unreadable = |source| TlsError::Authority {
        path: shown.clone(),
        source,
    };
    let mut roots = RootCertStore::empty();
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        certificates.push(certificate.map_err(unreadable)?);
    }
    let (usable, _ignored) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(TlsError::NoAuthority(shown));
    }
    Ok(roots)
}

fn from_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, ignored) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(TlsError::NoSystemAuthorities);
    }
    tracing::debug!(
        usable,
        ignored,
        failed = found.errors.len(),
        "loaded the system's certificate authorities"
    );
    Ok(roots)
}
