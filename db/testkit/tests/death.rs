//! Nothing outlives the process that started a server, however it ends.

#![allow(
    clippy::disallowed_methods,
    clippy::exit,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends with a panic and waits for other processes, one of which is this program"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tiltyard_db_testkit::{Postgres, Redis};

/// Tells this program that it is the process that is to end.
const HOLD: &str = "TESTKIT_HOLD";
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process has started.
struct Held {
    child: Child,
    servers: Vec<(PathBuf, u32)>,
    segment: String,
}

/// Starts both servers, on a thread that ends, says where they are, and waits for the end of its input.
fn hold() -> ! {
    let start = || (Postgres::start().unwrap(), Redis::start().unwrap());
    let (postgres, redis) = thread::spawn(start).join().unwrap();
    println!("held {} {}", postgres.pid(), postgres.folder().display());
    println!("held {} {}", redis.pid(), redis.folder().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    // Not dropped, as whatever is shared in a process is not.
    std::process::exit(0)
}

impl Held {
    fn start(test: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", test]).env(HOLD, "1");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let held = lines.map(Result::unwrap).filter_map(|line| {
            let (pid, folder) = line.split_once("held ")?.1.split_once(' ')?;
            Some((PathBuf::from(folder), pid.parse().unwrap()))
        });
        let servers: Vec<(PathBuf, u32)> = held.take(2).collect();
        let lock = fs::read_to_string(servers[0].0.join("data/postmaster.pid")).unwrap();
        let segment = lock
            .lines()
            .nth(6)
            .unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .to_owned();
        let held = Self {
            child,
            servers,
            segment,
        };
        assert!(held.segment_is_there() && held.folders().all(Path::exists) && held.servers_run());
        held
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        self.servers.iter().map(|(folder, _)| folder.as_path())
    }

    fn servers_run(&self) -> bool {
        self.servers.iter().any(|(_, pid)| is_running(*pid))
    }

    fn segment_is_there(&self) -> bool {
        let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap();
        segments
            .lines()
            .any(|line| line.split_whitespace().nth(1) == Some(&self.segment))
    }

    fn nothing_is_left(&self) -> bool {
        !self.servers_run() && !self.segment_is_there() && !self.folders().any(Path::exists)
    }
}

fn is_running(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn children(parent: u32, name: &str) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let of = format!("({name}) ");
    let child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = parent.to_string();
        stat.split_once(&of)
            .is_some_and(|(_, rest)| rest.split(' ').nth(1) == Some(&parent))
    };
    pids.filter(child).collect()
}

fn kill(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn wait_until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_killed_process_leaves_nothing() {
    if std::env::var_os(HOLD).is_some() {
        hold();
    }
    let mut held = Held::start("a_killed_process_leaves_nothing");
    held.child.kill().unwrap();
    held.child.wait().unwrap();
    wait_until("nothing to be left", || held.nothing_is_left());
}

#[test]
fn a_process_that_just_exits_leaves_nothing() {
    if std::env::var_os(HOLD).is_some() {
        hold();
    }
    let mut held = Held::start("a_process_that_just_exits_leaves_nothing");
    drop(held.child.stdin.take());
    assert!(held.child.wait().unwrap().success());
    wait_until("nothing to be left", || held.nothing_is_left());
}

#[test]
fn what_a_killed_watcher_left_the_next_run_removes() {
    if std::env::var_os(HOLD).is_some() {
        hold();
    }
    let mut held = Held::start("what_a_killed_watcher_left_the_next_run_removes");
    let watchers = children(held.child.id(), "sh");
    assert_eq!(watchers.len(), 2);
    watchers.into_iter().for_each(kill);
    held.child.kill().unwrap();
    held.child.wait().unwrap();
    wait_until("the servers to end", || !held.servers_run());
    wait_until("nothing to be left", || {
        let next = Redis::start().unwrap();
        assert!(next.folder().exists());
        held.nothing_is_left()
    });
}

#[test]
fn a_dropped_server_leaves_nothing() {
    let (postgres, redis) = (Postgres::start().unwrap(), Redis::start().unwrap());
    let folders = [postgres.folder().to_owned(), redis.folder().to_owned()];
    let pids = [postgres.pid(), redis.pid()];
    drop((postgres, redis));
    assert!(!folders.iter().any(|folder| folder.exists()));
    assert!(!pids.into_iter().any(is_running));
}
