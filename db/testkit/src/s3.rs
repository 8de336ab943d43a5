//! A private S3 server in this process, over a folder: signatures are checked, and it can be slow, refuse, or be away.

use std::convert::Infallible;
use std::fs;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ETAG, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Error;
use crate::error::or_panic;
use crate::folder::{Folder, Place};

/// Region in the URL; the server takes any.
const REGION: &str = "us-east-1";

/// A running S3 server of this process's own; it ends when this is dropped.
#[derive(Debug)]
pub struct S3 {
    running: Mutex<Option<Running>>,
    address: SocketAddr,
    access_key: String,
    secret_key: String,
    state: Arc<State>,
    folder: Folder,
}

/// How the server answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum S3Mood {
    /// As it should.
    #[default]
    Well,
    /// As it should, but only after this long.
    Slow(Duration),
    /// With 503 to everything, as a store that asks its clients to slow down.
    Refusing,
    /// Not at all: connections are accepted and requests read.
    Silent,
    /// To a PUT with 200 without keeping anything, as a store that loses what it has acknowledged; else as it should.
    Losing,
}

#[derive(Debug, Default)]
struct State {
    mood: Mutex<S3Mood>,
    requests: AtomicU64,
    troubled: AtomicU64,
}

/// The thread that serves, and what ends it when dropped.
#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<Infallible>,
    thread: JoinHandle<()>,
}

impl S3 {
    /// Returns the server that all tests of this process share, each with a bucket of its own.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<S3> = OnceLock::new();
        SHARED.get_or_init(|| or_panic(Self::start()))
    }

    /// Starts a server on a free port of the loopback, with keys of its own and no bucket.
    ///
    /// # Errors
    /// [`Error`] if the folder or the port cannot be had.
    pub fn start() -> Result<Self, Error> {
        Self::start_in(Place::Fast)
    }

    /// Starts a server whose objects lie on a disk.
    ///
    /// # Errors
    /// As [`S3::start`].
    pub fn start_on_disk() -> Result<Self, Error> {
        Self::start_in(Place::Disk)
    }

    fn start_in(place: Place) -> Result<Self, Error> {
        let folder = Folder::new(place, None)?;
        let root = folder.path().join("buckets");
        fs::create_dir(&root).map_err(Error::system(format!("make {}", root.display())))?;
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr().map_err(Error::system("ask for the port of S3"))?;
        let server = Self {
            running: Mutex::default(),
            address,
            access_key: format!("TEST{}", Uuid::new_v4().simple()),
            secret_key: Uuid::new_v4().simple().to_string(),
            state: Arc::default(),
            folder,
        };
        server.run(listener)?;
        Ok(server)
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// [`Error::System`], also if there is one of that name.
    pub fn create_bucket(&self, name: &str) -> Result<(), Error> {
        fs::create_dir(self.root().join(name)).map_err(Error::system(format!("make bucket {name}")))
    }

    /// Returns the address that it serves at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the store URL of a bucket, with a prefix if the path goes on.
    pub fn url(&self, path: &str) -> String {
        Self::url_at(self.address, path)
    }

    /// Returns the store URL of a bucket for a client that comes by way of another address.
    pub fn url_at(address: SocketAddr, path: &str) -> String {
        format!("s3://{path}?endpoint=http://{address}&region={REGION}")
    }

    /// Returns the server's own URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the id of the only key.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Returns the secret of the only key.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// Sets how requests are answered that come from here on.
    pub fn set_mood(&self, mood: S3Mood) {
        *self.state.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Returns how many requests have come, however they were answered.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }

    /// Returns how many requests were answered otherwise than they should have been.
    pub fn troubled(&self) -> u64 {
        self.state.troubled.load(Ordering::Relaxed)
    }

    /// Stops serving and breaks all connections. The objects remain.
    pub fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { stop, thread }) = running {
            drop(stop);
            // A panic there has been printed, and this is also called while dropping.
            drop(thread.join());
        }
    }

    /// Serves the same objects at the same address again.
    ///
    /// # Errors
    /// [`Error::System`] if the port has been taken meanwhile.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop();
        self.run(listen(self.address)?)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("buckets")
    }

    fn run(&self, listener: StdListener) -> Result<(), Error> {
        let files = FileSystem::new(self.root()).map_err(|error| Error::System {
            what: "serve the folder of S3".to_owned(),
            source: std::io::Error::other(format!("{error:?}")),
        })?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(OneKey {
            id: self.access_key.clone(),
            secret: self.secret_key.as_str().into(),
        });
        let serving = Serving {
            s3: builder.build(),
            root: self.root().into(),
            state: Arc::clone(&self.state),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::system("start the runtime of S3"))?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("s3".to_owned()).spawn(move || {
            runtime.block_on(serving.run(listener, stopped));
        });
        let thread = thread.map_err(Error::system("start the thread of S3"))?;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Running { stop, thread });
        Ok(())
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(address: SocketAddr) -> Result<StdListener, Error> {
    let bind = || {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(Error::system(format!("listen on {address}")))
}

/// What serves one connection after the other.
#[derive(Clone)]
struct Serving {
    s3: S3Service,
    root: Arc<Path>,
    state: Arc<State>,
}

impl Serving {
    /// Serves until told to stop; then the listener and all connections close.
    async fn run(self, listener: StdListener, mut stopped: oneshot::Receiver<Infallible>) {
        let Ok(listener) = TcpListener::from_std(listener) else {
            return;
        };
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = &mut stopped => return,
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(self.clone().connection(stream));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn connection(self, stream: TcpStream) {
        let service = service_fn(|request| self.answer(request));
        // How a connection ends is its client's affair.
        drop(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<HttpResponse, s3s::HttpError> {
        self.state.requests.fetch_add(1, Ordering::Relaxed);
        let mood = *self.state.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let loses = mood == S3Mood::Losing && *request.method() == Method::PUT;
        if loses || !matches!(mood, S3Mood::Well | S3Mood::Losing) {
            self.state.troubled.fetch_add(1, Ordering::Relaxed);
        }
        match mood {
            S3Mood::Losing if loses => return Ok(acknowledged(request).await),
            S3Mood::Well | S3Mood::Losing => {}
            S3Mood::Slow(wait) => tokio::time::sleep(wait).await,
            S3Mood::Refusing => return Ok(error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
            S3Mood::Silent => std::future::pending().await,
        }
        if let Some(code) = self.absent(&request) {
            return Ok(error(StatusCode::NOT_FOUND, code));
        }
        Service::call(&self.s3, request).await
    }

    /// Answers as S3 does where `s3s-fs` does not: it says that a key is absent if its bucket is, and fails on a key that
    /// only begins those of others.
    fn absent(&self, request: &Request<Incoming>) -> Option<&'static str> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let (bucket, key) = request.uri().path().trim_matches('/').split_once('/')?;
        let bucket = self.root.join(bucket);
        if !bucket.is_dir() {
            Some("NoSuchBucket")
        } else if reads && bucket.join(key).is_dir() {
            Some("NoSuchKey")
        } else {
            None
        }
    }
}

/// The only key, refused by the names that S3 uses.
struct OneKey {
    id: String,
    secret: SecretKey,
}

#[async_trait]
impl S3Auth for OneKey {
    async fn get_secret_key(&self, id: &str) -> S3Result<SecretKey> {
        if id == self.id {
            Ok(self.secret.clone())
        } else {
            Err(s3_error!(InvalidAccessKeyId))
        }
    }
}

/// Reads a request to its end, keeps nothing of it, and says that all is well.
async fn acknowledged(request: Request<Incoming>) -> HttpResponse {
    let mut body = pin!(request.into_body());
    while let Some(Ok(_frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {}
    let mut response = HttpResponse::new(Body::empty());
    let tag = HeaderValue::from_static("\"d41d8cd98f00b204e9800998ecf8427e\"");
    response.headers_mut().insert(ETAG, tag);
    response
}

fn error(status: StatusCode, code: &str) -> HttpResponse {
    let mut response = HttpResponse::new(Body::from(format!("<Error><Code>{code}</Code></Error>")));
    *response.status_mut() = status;
    response
}
