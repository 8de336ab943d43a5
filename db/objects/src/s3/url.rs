//! The URL of a bucket: `s3://bucket/prefix?endpoint=..&region=..&links=..&allow_http=true`.

use object_store::signer::Url;

use crate::key;

/// Region where none is named.
const REGION: &str = "us-east-1";
/// Lengths that a bucket's name may have.
const BUCKET_BYTES: std::ops::RangeInclusive<usize> = 3..=63;

/// Which bucket, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    bucket: String,
    prefix: String,
    region: String,
    endpoint: Option<String>,
    links: Links,
}

/// Whom a presigned link names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Links {
    /// The store as the server itself reaches it.
    AtEndpoint,
    /// The store under the address that players reach it by.
    At(String),
    /// Nobody: players do not reach the store.
    Off,
}

/// What is wrong with a bucket's URL, or with a file of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(pub(crate) String);

impl BucketUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`BadUrl`] that says what must be different; it never repeats the URL, which may hold a secret in the wrong place.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let url = Url::parse(text).map_err(|error| BadUrl(format!("not a URL: {error}")))?;
        if url.scheme() != "s3" {
            return wrong("begins with s3://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("holds no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file");
        }
        if url.port().is_some() || url.fragment().is_some() {
            return wrong("has neither port nor fragment: the store's address is the parameter endpoint");
        }
        let bucket = url.host_str().unwrap_or_default();
        if !is_bucket(bucket) {
            return wrong("begins with s3:// and a bucket of 3 to 63 a-z, 0-9, - and .");
        }
        let prefix = url.path().trim_matches('/');
        if !prefix.is_empty() && key::parse(prefix).is_err() {
            return wrong("has a prefix of a-z, 0-9, -, _ and . in parts between single /");
        }
        let mut read = Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region: REGION.to_owned(),
            endpoint: None,
            links: Links::AtEndpoint,
        };
        read.parameters(&url)?;
        Ok(read)
    }

    fn parameters(&mut self, url: &Url) -> Result<(), BadUrl> {
        let mut allow_http = false;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("endpoint", value) => self.endpoint = Some(address("endpoint", value)?),
                ("region", value) if !value.is_empty() => value.clone_into(&mut self.region),
                ("links", "off") => self.links = Links::Off,
                ("links", value) => self.links = Links::At(address("links", value)?),
                ("allow_http", "true") => allow_http = true,
                ("allow_http", "false") => allow_http = false,
                ("allow_http", _) => return wrong("has true or false for allow_http"),
                _ => return wrong("has the parameters endpoint, region, links and allow_http only"),
            }
        }
        // Links travel over the players' own networks, the server's requests perhaps only over a private one.
        let links = match &self.links {
            Links::At(address) => Some(address),
            Links::AtEndpoint | Links::Off => None,
        };
        let plain = self
            .endpoint
            .iter()
            .chain(links)
            .any(|address| is_plain_and_far(address));
        if plain && !allow_http {
            return wrong("needs https://, or allow_http=true where nobody else listens on the network");
        }
        Ok(())
    }

    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns what all keys begin with, without a slash at either end; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the store's address; `None` for AWS's own in the region.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Returns whom presigned links name.
    pub fn links(&self) -> &Links {
        &self.links
    }
}

fn wrong<T>(must: &str) -> Result<T, BadUrl> {
    Err(BadUrl(format!("a bucket's URL {must}")))
}

fn is_bucket(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    BUCKET_BYTES.contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['-', '.'])
}

/// Reads the address of a store, which is a URL without anything after the port.
fn address(name: &str, value: &str) -> Result<String, BadUrl> {
    let url = Url::parse(value).map_err(|error| BadUrl(format!("{name} is not a URL: {error}")))?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    if bare {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(BadUrl(format!("{name} must be http(s)://HOST or http(s)://HOST:PORT")))
    }
}

/// Says whether requests to an address could be read by others on their way.
fn is_plain_and_far(address: &str) -> bool {
    let near = |url: &Url| match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback()),
        None => false,
    };
    Url::parse(address).is_ok_and(|url| url.scheme() == "http" && !near(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> BucketUrl {
        BucketUrl::parse(text).unwrap()
    }

    #[test]
    fn a_bucket_is_enough() {
        let url = parsed("s3://replays");
        assert_eq!((url.bucket(), url.prefix(), url.region()), ("replays", "", "us-east-1"));
        assert_eq!((url.endpoint(), url.links()), (None, &Links::AtEndpoint));
    }

    #[test]
    fn all_of_it_is_read() {
        let url = parsed("s3://my.bucket-1/a/b_1/?endpoint=https%3A%2F%2Fs3.example%3A9000/&region=eu-1&links=off");
        assert_eq!((url.bucket(), url.prefix()), ("my.bucket-1", "a/b_1"));
        assert_eq!(
            (url.endpoint(), url.region()),
            (Some("https://s3.example:9000"), "eu-1")
        );
        assert_eq!(url.links(), &Links::Off);
        let url = parsed("s3://abc?links=https://replays.example");
        assert_eq!(url.links(), &Links::At("https://replays.example".to_owned()));
    }

    #[test]
    fn plain_http_stays_on_the_machine_unless_allowed() {
        for near in ["127.0.0.1:9000", "127.8.8.8", "localhost:1", "[::1]:9000"] {
            parsed(&format!("s3://abc?endpoint=http://{near}"));
        }
        for far in ["10.0.0.1", "minio:9000", "localhost.example", "[::2]"] {
            let text = format!("s3://abc?endpoint=http://{far}");
            assert!(BucketUrl::parse(&text).unwrap_err().to_string().contains("allow_http"));
            parsed(&format!("{text}&allow_http=true"));
        }
        assert!(BucketUrl::parse("s3://abc?links=http://replays.example").is_err());
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        let long = format!("s3://{}", "a".repeat(64));
        for text in [
            "replays",
            "file:replays",
            "s3:",
            "s3://",
            "s3://ab",
            "s3://-abc",
            "s3://Abc%",
            "s3://a_c",
            &long,
            "s3://id:s3cret@abc",
            "s3://abc:9000",
            "s3://abc#s3cret",
            "s3://abc/a//b",
            "s3://abc/.a",
            "s3://abc/A",
            "s3://abc?secret=s3cret",
            "s3://abc?allow_http=s3cret",
            "s3://abc?endpoint=s3cret",
            "s3://abc?endpoint=ftp://h",
            "s3://abc?endpoint=https://id:s3cret@h",
            "s3://abc?endpoint=https://h/path",
            "s3://abc?links=on",
        ] {
            let error = BucketUrl::parse(text).expect_err(text).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
