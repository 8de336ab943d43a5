//! What the facade costs: one tell and one ask, beside a bare tokio channel (no supervision, no metrics) and beside a bare
//! ractor actor (no bound, no metrics); the difference to the latter is the price of the facade.
#![expect(clippy::expect_used, reason = "a bench that cannot run should say where")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ractor::{ActorProcessingErr, ActorRef};
use std::hint::black_box;
use std::time::Duration;
use tiltyard_actor_kit::testing::{Solo, solo};
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Reply};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

/// Messages told before the sender waits for the last of them.
const BURST: u64 = 1_000;
const MAILBOX: usize = 2_048;
const TIMEOUT: Duration = Duration::from_secs(10);

struct Counter(u64);

enum Msg {
    Add(u64),
    Get(Reply<u64>),
}

impl Actor for Counter {
    type Msg = Msg;

    fn handle(&mut self, msg: Msg, _ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Add(n) => self.0 += n,
            Msg::Get(reply) => reply.send(self.0),
        }
        Ok(())
    }
}

enum Bare {
    Add(u64),
    Get(oneshot::Sender<u64>),
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn counter(runtime: &Runtime, kind: &Kind) -> Solo<Msg> {
    runtime.block_on(async { solo(kind, Counter(0)) })
}

async fn tell_burst(counter: &Solo<Msg>) -> u64 {
    let addr = counter.addr();
    for n in 0..BURST {
        addr.tell(Msg::Add(n)).expect("room in the mailbox");
    }
    addr.ask(Msg::Get, TIMEOUT).await.expect("an answer")
}

async fn bare_burst(to: &mpsc::Sender<Bare>) -> u64 {
    for n in 0..BURST {
        to.try_send(Bare::Add(n)).expect("room in the channel");
    }
    bare_ask(to).await
}

async fn bare_ask(to: &mpsc::Sender<Bare>) -> u64 {
    let (reply, answer) = oneshot::channel();
    to.try_send(Bare::Get(reply)).expect("room in the channel");
    answer.await.expect("an answer")
}

fn bare_counter(runtime: &Runtime) -> mpsc::Sender<Bare> {
    let (to, mut told) = mpsc::channel(MAILBOX);
    runtime.spawn(async move {
        let mut sum = 0;
        while let Some(msg) = told.recv().await {
            match msg {
                Bare::Add(n) => sum += n,
                // The bench waits for each answer.
                Bare::Get(reply) => drop(reply.send(sum)),
            }
        }
    });
    to
}

struct BareRactor;

impl ractor::Actor for BareRactor {
    type Msg = Bare;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _me: ActorRef<Bare>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(&self, _me: ActorRef<Bare>, msg: Bare, sum: &mut u64) -> Result<(), ActorProcessingErr> {
        match msg {
            Bare::Add(n) => *sum += n,
            // The bench waits for each answer.
            Bare::Get(reply) => drop(reply.send(*sum)),
        }
        Ok(())
    }
}

async fn ractor_burst(to: &ActorRef<Bare>) -> u64 {
    for n in 0..BURST {
        to.send_message(Bare::Add(n)).expect("an actor");
    }
    ractor_ask(to).await
}

async fn ractor_ask(to: &ActorRef<Bare>) -> u64 {
    let (reply, answer) = oneshot::channel();
    to.send_message(Bare::Get(reply)).expect("an actor");
    answer.await.expect("an answer")
}

fn benches(criterion: &mut Criterion) {
    let runtime = runtime();
    let unmetered = counter(&runtime, &Kind::new("counter", MAILBOX));
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let page = recorder.handle();
    let kind = metrics::with_local_recorder(&recorder, || Kind::new("counter", MAILBOX));
    let metered = counter(&runtime, &kind);
    let bare = bare_counter(&runtime);
    let (bare_ractor, _ended) = runtime
        .block_on(ractor::Actor::spawn(None, BareRactor, ()))
        .expect("an actor");

    let mut tell = criterion.benchmark_group("tell");
    tell.throughput(Throughput::Elements(BURST));
    tell.bench_function("tokio", |b| b.iter(|| black_box(runtime.block_on(bare_burst(&bare)))));
    tell.bench_function("ractor", |b| {
        b.iter(|| black_box(runtime.block_on(ractor_burst(&bare_ractor))))
    });
    tell.bench_function("kit", |b| {
        b.iter(|| black_box(runtime.block_on(tell_burst(&unmetered))))
    });
    tell.bench_function("kit+prometheus", |b| {
        b.iter(|| {
            // The exporter's own task does this every few seconds; without it the histograms would fill the memory.
            page.run_upkeep();
            black_box(runtime.block_on(tell_burst(&metered)))
        });
    });
    tell.finish();

    let mut ask = criterion.benchmark_group("ask");
    ask.bench_function("tokio", |b| b.iter(|| black_box(runtime.block_on(bare_ask(&bare)))));
    ask.bench_function("ractor", |b| {
        b.iter(|| black_box(runtime.block_on(ractor_ask(&bare_ractor))))
    });
    ask.bench_function("kit", |b| {
        b.iter(|| {
            black_box(
                runtime
                    .block_on(unmetered.addr().ask(Msg::Get, TIMEOUT))
                    .expect("an answer"),
            )
        });
    });
    ask.finish();
}

criterion_group!(messages, benches);
criterion_main!(messages);
