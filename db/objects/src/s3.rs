//! Replays in a bucket: how the client is built, and how long it tries.

mod url;

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{BackoffConfig, ClientOptions, Error, RetryConfig};
use tiltyard_db::{Result, StoreError};

pub use url::{BadUrl, BucketUrl, Links};

use crate::{CALL_TIMEOUT, ObjectReplays, STORE};

/// Time to connect. A store in the same region needs a few milliseconds, across an ocean 300.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for one request and its answer of at most 1 MiB.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Requests that follow a failed one, if there is time left.
const RETRIES_MAX: usize = 2;
/// Time after which no further request begins.
const RETRY_TIMEOUT: Duration = Duration::from_millis(2_500);
/// Longest pause between two requests.
const BACKOFF_MAX: Duration = Duration::from_millis(400);
/// Time that an unused connection is kept; stores close theirs after 20 s and more.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

const _: () = assert!(
    RETRY_TIMEOUT.as_millis() + BACKOFF_MAX.as_millis() + REQUEST_TIMEOUT.as_millis() < CALL_TIMEOUT.as_millis(),
    "the client's own error, which says more, comes before the call is given up"
);

/// What a store may be told about who asks, by the names of AWS's tools: a key, or what stands for one inside of AWS.
const KEYS: [(&str, AmazonS3ConfigKey); 9] = [
    ("AWS_ACCESS_KEY_ID", AmazonS3ConfigKey::AccessKeyId),
    ("AWS_SECRET_ACCESS_KEY", AmazonS3ConfigKey::SecretAccessKey),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", AmazonS3ConfigKey::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", AmazonS3ConfigKey::RoleArn),
    ("AWS_ROLE_SESSION_NAME", AmazonS3ConfigKey::RoleSessionName),
    (
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        AmazonS3ConfigKey::ContainerCredentialsRelativeUri,
    ),
    (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        AmazonS3ConfigKey::ContainerCredentialsFullUri,
    ),
    (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        AmazonS3ConfigKey::ContainerAuthorizationTokenFile,
    ),
];

impl ObjectReplays {
    /// Keeps replays in a bucket. Nothing is asked of the store yet.
    ///
    /// `keys` are names and values such as `AWS_ACCESS_KEY_ID`, from the environment or from [`keys_in`] a file; other names
    /// are passed over. Without any, a bucket of AWS itself is opened by the role of the machine.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if a key is missing or no client can be made.
    pub fn s3(url: &BucketUrl, keys: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        // reqwest panics without a provider. An earlier one stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let keys: Vec<(AmazonS3ConfigKey, String)> = keys.into_iter().filter_map(known).collect();
        let has = |key| keys.iter().any(|(given, _)| *given == key);
        let (id, secret) = (
            has(AmazonS3ConfigKey::AccessKeyId),
            has(AmazonS3ConfigKey::SecretAccessKey),
        );
        if id != secret || (!id && url.endpoint().is_some()) {
            let missing = "no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file that has both";
            return Err(StoreError::unavailable(STORE, missing));
        }
        let store = Arc::new(client(url, &keys, url.endpoint())?);
        let signer = match url.links() {
            Links::Off => None,
            Links::AtEndpoint => Some(Arc::clone(&store)),
            Links::At(public) => Some(Arc::new(client(url, &keys, Some(public))?)),
        };
        Ok(Self {
            store,
            signer: signer.map(|signer| signer as _),
            prefix: url.prefix().to_owned(),
        })
    }
}

fn known((name, value): (String, String)) -> Option<(AmazonS3ConfigKey, String)> {
    let (_, key) = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name))?;
    (!value.is_empty()).then_some((*key, value))
}

fn client(url: &BucketUrl, keys: &[(AmazonS3ConfigKey, String)], endpoint: Option<&str>) -> Result<AmazonS3> {
    // Plain HTTP has been judged where the URL was read.
    let options = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_timeout(REQUEST_TIMEOUT)
        .with_pool_idle_timeout(IDLE_TIMEOUT);
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: BACKOFF_MAX,
            base: 2.0,
        },
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_TIMEOUT,
    };
    let builder = AmazonS3Builder::new()
        .with_client_options(options)
        .with_retry(retry)
        .with_bucket_name(url.bucket())
        .with_region(url.region());
    let builder = match endpoint {
        // Every store knows the bucket in the path; only AWS promises its name in the host.
        Some(endpoint) => builder.with_endpoint(endpoint),
        // No certificate covers a dot in that place.
        None => builder.with_virtual_hosted_style_request(!url.bucket().contains('.')),
    };
    let configured = keys
        .iter()
        .fold(builder, |builder, (key, value)| builder.with_config(*key, value));
    configured.build().map_err(unavailable)
}

/// Reads the keys from a file's text: lines of `NAME = VALUE`, in capitals or as in `~/.aws/credentials`; empty lines,
/// `[section]` and `#` comments are passed over.
///
/// # Errors
/// [`BadUrl`] with the number of a line that is none of these, or the name of a key that occurs twice: of several profiles
/// none would be the right one.
pub fn keys_in(text: &str) -> Result<Vec<(String, String)>, BadUrl> {
    let mut keys: Vec<(String, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            return Err(BadUrl(format!("line {number} is not NAME = VALUE")));
        };
        let name = name.trim().to_ascii_uppercase();
        if keys.iter().any(|(earlier, _)| *earlier == name) {
            return Err(BadUrl(format!("line {number} has {name} for the second time")));
        }
        keys.push((name, value.trim().to_owned()));
    }
    Ok(keys)
}

/// Says whether an answer is that there is no such object, rather than no such bucket.
pub(crate) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && code(error) != "NoSuchBucket"
}

/// Turns what the store refuses into what to do; whatever else keeps it from working (a full disk, a lost connection) may pass.
pub(crate) fn unavailable(error: Error) -> StoreError {
    let code = code(&error);
    let remedy = match (&error, code.as_str()) {
        (_, "NoSuchBucket") => "there is no such bucket: make it, or name another",
        (_, "InvalidAccessKeyId") => "it does not know the key: check AWS_ACCESS_KEY_ID",
        (_, "SignatureDoesNotMatch") => "the secret does not belong to the key: check AWS_SECRET_ACCESS_KEY",
        (_, "RequestTimeTooSkewed") => "this machine's clock is wrong",
        (_, "PermanentRedirect" | "AuthorizationHeaderMalformed") => "the bucket is in another region",
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, _) => {
            "the key may not do this: it must get, put and list objects in the bucket"
        }
        _ => return StoreError::unavailable(STORE, error),
    };
    StoreError::unavailable(STORE, format!("{remedy} ({})", summary(&error)))
}

/// Finds the store's own error code in its answer, which `object_store` gives as text only.
fn code(error: &Error) -> String {
    let text = error.to_string();
    let after = text.split_once("<Code>").map_or("", |(_, after)| after);
    after.split_once("</Code>").map_or("", |(code, _)| code).to_owned()
}

/// Cuts the XML from an error.
fn summary(error: &Error) -> String {
    let text = error.to_string();
    let line = text.split_once(": <").map_or(text.as_str(), |(before, _)| before);
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_either_form_has_keys() {
        let expected = vec![
            ("AWS_ACCESS_KEY_ID".to_owned(), "id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "a=b/c+".to_owned()),
        ];
        let shell = "# ours\nAWS_ACCESS_KEY_ID=id\n\nAWS_SECRET_ACCESS_KEY=a=b/c+\n";
        assert_eq!(keys_in(shell).unwrap(), expected);
        let tools = "[default]\naws_access_key_id = id\r\naws_secret_access_key = a=b/c+";
        assert_eq!(keys_in(tools).unwrap(), expected);
    }

    #[test]
    fn a_bad_file_is_told_by_its_line_and_without_its_secrets() {
        let error = keys_in("AWS_ACCESS_KEY_ID=id\nsecret").unwrap_err().to_string();
        assert_eq!(error, "line 2 is not NAME = VALUE");
        let two = "[a]\naws_access_key_id = 1\n[b]\naws_access_key_id = 2";
        let error = keys_in(two).unwrap_err().to_string();
        assert_eq!(error, "line 4 has AWS_ACCESS_KEY_ID for the second time");
    }
}
