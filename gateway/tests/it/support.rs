//! Starts the real binary and talks to it. A server dies with its test, whichever way that ends.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tiltyard_protocol::limits;

/// Time that anything awaited in a test may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Shorter than the server's patience with an idle connection. A test that waits for a command meanwhile does not see the
/// server hang up, and would send its next request into the void.
const POOL_IDLE: Duration = Duration::from_secs(limits::HEADER_TIMEOUT.as_secs() / 2);

/// See [`crash_at`].
const CRASH_AT: &str = "TILTYARD_CRASH_AT";

/// Variables of a server's environment.
pub(crate) type Environment = Vec<(String, String)>;

/// A running server.
pub(crate) struct Server {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// Port 0 without the gateway role.
    pub(crate) players: SocketAddr,
    pub(crate) operators: SocketAddr,
    data: TempDir,
    environment: Environment,
    pub(crate) banner: Vec<String>,
    pub(crate) http: Client,
}

/// Returns the binary as a command that dies with this thread's process.
pub(crate) fn tiltyard(arguments: &[&str]) -> Command {
    // A limit on file sizes stands in for a full disk; its signal is ignored, so that writes fail as they do there.
    let ignoring = "trap '' XFSZ; exec setpriv --pdeathsig KILL \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", ignoring, "sh", env!("CARGO_BIN_EXE_tiltyard")])
        .args(arguments);
    command
}

/// A server on its way up. It dies with the thread that has spawned it.
pub(crate) struct Starting {
    child: Child,
    data: TempDir,
    environment: Environment,
}

impl Starting {
    /// Spawns the process.
    pub(crate) fn spawn(data: TempDir, config: &str, environment: Environment) -> Self {
        let file = data.path().join("config.toml");
        let listen = if config.contains("listen = ") {
            ""
        } else {
            "listen = \"127.0.0.1:0\"\n"
        };
        std::fs::write(&file, format!("{listen}{config}")).unwrap();
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(data.path().join("log"))
            .unwrap();
        let mut command = tiltyard(&["serve", "--ops-listen", "127.0.0.1:0"]);
        command.args(["--log-level", "debug", "--config"]).arg(&file);
        command.arg("--data-dir").arg(data.path().join("data"));
        command.envs(environment.clone());
        let child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        Self {
            child,
            data,
            environment,
        }
    }

    /// Waits until it takes requests.
    pub(crate) fn ready(mut self) -> Server {
        let mut stdout = BufReader::new(self.child.stdout.take().unwrap());
        let mut banner = Vec::new();
        while banner.last().is_none_or(|line| line != "ready") {
            let mut line = String::new();
            let read = stdout.read_line(&mut line).unwrap();
            let log = || std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
            assert!(read > 0, "the server did not start: {}", log());
            banner.push(line.trim_end().to_owned());
        }
        let (players, operators) = (address(&banner, "players"), address(&banner, "operators"));
        tiltyard_loadtest::provide_tls();
        let http = Client::builder()
            .timeout(PATIENCE)
            .pool_idle_timeout(POOL_IDLE)
            .build()
            .unwrap();
        Server {
            child: self.child,
            _stdout: stdout,
            players,
            operators,
            data: self.data,
            environment: self.environment,
            banner,
            http,
        }
    }
}

impl Server {
    /// Starts a server with defaults.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with a configuration file of this text.
    pub(crate) fn start_with(config: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_in(data, config)
    }

    /// Starts a server that aborts at a named point.
    #[cfg(feature = "fail-points")]
    pub(crate) fn start_crashing(point: &str) -> Self {
        Self::start_at("", vec![crash_at(point)])
    }

    /// Waits until the server has crashed and starts another on its data.
    #[cfg(feature = "fail-points")]
    pub(crate) async fn crashed(mut self) -> Self {
        wait_until("the server to crash", async || self.has_ended()).await;
        self.kill_and_restart("")
    }

    /// Limits the size of every file the server writes, in bytes, or lifts the limit with `unlimited`.
    #[cfg(feature = "slow-tests")]
    pub(crate) fn limit_file_size(&self, limit: &str) {
        let pid = self.child.id().to_string();
        let limit = format!("--fsize={limit}:unlimited");
        assert!(
            Command::new("prlimit")
                .args(["--pid", &pid, &limit])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Says whether the server's process has ended.
    #[cfg(feature = "fail-points")]
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until the server has stopped itself (SIGSTOP).
    #[cfg(feature = "fail-points")]
    pub(crate) async fn frozen(&self) {
        let stat = format!("/proc/{}/stat", self.child.id());
        wait_until("the server to freeze", async || {
            std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "))
        })
        .await;
    }

    /// Lets the server go on after it has stopped itself.
    #[cfg(feature = "fail-points")]
    pub(crate) async fn thaw(&self) {
        self.frozen().await;
        self.signal("CONT");
    }

    /// Returns the value of a metric without labels; 0 if there is none yet.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let url = format!("http://{}/metrics", self.operators);
        let text = self.http.get(&url).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Returns the violations that an audit beside the server finds.
    pub(crate) fn audit(&self) -> Value {
        let data = self.data_dir();
        let output = tiltyard(&["audit", "--json", "--data-dir", data.to_str().unwrap()])
            .envs(self.environment.clone())
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["violations"].clone()
    }

    /// Starts a server on an existing data folder.
    pub(crate) fn start_in(data: TempDir, config: &str) -> Self {
        Self::spawn(data, config, Environment::new())
    }

    /// Starts a server with a configuration file of this text and these variables in its environment.
    pub(crate) fn start_at(config: &str, environment: Environment) -> Self {
        Self::spawn(tempfile::tempdir().unwrap(), config, environment)
    }

    fn spawn(data: TempDir, config: &str, environment: Environment) -> Self {
        Starting::spawn(data, config, environment).ready()
    }

    /// Returns the data folder's parent, which also holds the log.
    pub(crate) fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Returns the data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data.path().join("data")
    }

    /// Returns what the server has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap()
    }

    /// Asks the server to stop and waits for its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    /// Sends a signal to the server's process.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Kills the server, the hard way, and starts another on the same data with this configuration.
    pub(crate) fn kill_and_restart(mut self, config: &str) -> Self {
        if self.child.try_wait().unwrap().is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().unwrap());
        let mut environment = std::mem::take(&mut self.environment);
        environment.retain(|(name, _)| name != CRASH_AT);
        drop(self);
        Self::spawn(data, config, environment)
    }

    /// Starts a request to the players' listener.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.players))
    }

    /// Signs in.
    pub(crate) async fn player(&self, name: &str) -> Player<'_> {
        let reply = self
            .request(Method::POST, "/v1/dev/sign-in")
            .json(&json!({ "name": name }))
            .send();
        let body = ok(reply.await.unwrap()).await;
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        Player {
            server: self,
            token: text("token"),
            id: text("player"),
        }
    }
}

/// Returns the variable that makes a server abort or freeze at a named point.
#[cfg(feature = "fail-points")]
pub(crate) fn crash_at(point: &str) -> (String, String) {
    (CRASH_AT.to_owned(), point.to_owned())
}

/// Returns the variable that makes a program claim a version of the rules.
#[cfg(feature = "fail-points")]
pub(crate) fn claim_rules(version: u32) -> (String, String) {
    ("TILTYARD_RULES_VERSION".to_owned(), version.to_string())
}

/// Waits for a condition that only another process can bring about.
pub(crate) async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !condition().await {
            look.tick().await;
        }
    };
    let ended = tokio::time::timeout(8 * PATIENCE, waiting).await;
    assert!(ended.is_ok(), "waited in vain for {what}");
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            println!("the server was gone: {error}");
        }
    }
}

fn address(banner: &[String], label: &str) -> SocketAddr {
    let nowhere = SocketAddr::from(([0; 4], 0));
    let line = banner.iter().find(|line| line.trim_start().starts_with(label));
    line.map_or(nowhere, |line| line.rsplit_once("http://").unwrap().1.parse().unwrap())
}

/// A signed-in player.
#[derive(Clone)]
pub(crate) struct Player<'a> {
    pub(crate) server: &'a Server,
    pub(crate) token: String,
    pub(crate) id: String,
}

impl Player<'_> {
    /// Starts a request with the player's token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.request(method, path).bearer_auth(&self.token)
    }

    /// Reads a resource.
    pub(crate) async fn get(&self, path: &str) -> Value {
        ok(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// Stores a team that the content allows; returns its id.
    pub(crate) async fn team(&self) -> String {
        let id = uuid_v7();
        let reply = self
            .request(Method::PUT, &format!("/v1/teams/{id}"))
            .json(&team("Team"))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), StatusCode::CREATED, "{}", reply.text().await.unwrap());
        id
    }

    /// Queues a team.
    pub(crate) async fn queue(&self, ticket: &Value) -> (StatusCode, Value) {
        let reply = self
            .request(Method::POST, "/v1/tickets")
            .json(ticket)
            .send()
            .await
            .unwrap();
        (reply.status(), reply.json().await.unwrap())
    }
}

/// Asserts success and returns the body.
pub(crate) async fn ok(reply: Response) -> Value {
    let status = reply.status();
    let text = reply.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Asserts a problem document with this status and code, and returns it.
#[track_caller]
pub(crate) fn problem(reply: Response, status: u16, code: &'static str) -> impl Future<Output = Value> {
    let place = std::panic::Location::caller();
    async move {
        let found = reply.status().as_u16();
        let kind = reply
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap().to_owned());
        let text = reply.text().await.unwrap();
        assert_eq!(
            (found, kind.as_deref()),
            (status, Some("application/problem+json")),
            "{place}: {text}"
        );
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (document["code"].as_str(), document["status"].as_u64()),
            (Some(code), Some(status.into())),
            "{place}"
        );
        document
    }
}

/// Returns the body of a team: the first bot's build.
pub(crate) fn team(name: &str) -> Value {
    let content = tiltyard_sim::Content::builtin().unwrap();
    json!({ "name": name, "build": content.bots()[0].build })
}

/// Returns the key of a bot team.
pub(crate) fn bot() -> String {
    tiltyard_sim::Content::builtin().unwrap().bots()[0].key.clone()
}

/// Makes an id as clients do.
pub(crate) fn uuid_v7() -> String {
    uuid::Uuid::now_v7().to_string()
}
