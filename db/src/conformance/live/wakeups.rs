//! Cases of [`Wakeups`]: hints come or their loss is told, and nobody waits for a slow reader.

use tiltyard_protocol::limits::INBOX_MAX;
use tiltyard_protocol::{BuildHash, EventSeq, PlayerEvent, QueueName, TicketId, Timestamp};
use tokio::sync::mpsc;

use super::{LiveFixture, node, player, soon};
use crate::durable::tickets::QueuedTicket;
use crate::live::Wakeups;
use crate::live::wakeups::{Inbox, Notice, Wakeup};

const HERE: Inbox = Inbox::Node(node(1));
const THERE: Inbox = Inbox::Node(node(2));

/// Makes a hint that can be told from others by its number.
fn hint(n: u8) -> Wakeup {
    Wakeup::Left {
        player: player(n),
        ticket: TicketId::from_bytes([n; 16]),
    }
}

/// Makes one hint of each kind.
fn one_of_each() -> Vec<Wakeup> {
    let ticket = TicketId::from_bytes([4; 16]);
    let queued = QueuedTicket {
        player: player(3),
        id: ticket,
        build: BuildHash::of(b"build"),
        spread: 400,
        widen_to: Some(900),
        rating: 1_512.25,
        enqueued_at: Timestamp::from_micros(1_763_809_200_123_456),
    };
    let event = Wakeup::Event {
        player: player(3),
        seq: EventSeq(41),
        event: PlayerEvent::TicketExpired { ticket },
    };
    let explain = Wakeup::Explain {
        player: player(3),
        ticket,
    };
    vec![event, Wakeup::Queued(queued), hint(5), explain, Wakeup::Free]
}

async fn publish(wakeups: &dyn Wakeups, inbox: &Inbox, hints: Vec<Wakeup>) {
    let batch = hints.into_iter().map(|hint| (inbox.clone(), hint));
    wakeups.publish(batch.collect()).await.unwrap();
}

async fn next(receiver: &mut mpsc::Receiver<Notice>) -> Notice {
    soon(receiver.recv()).await.unwrap()
}

/// Reads up to the loss, and returns how many hints came before it.
async fn read_to_lagged(receiver: &mut mpsc::Receiver<Notice>) -> usize {
    let mut hints = 0;
    while next(receiver).await != Notice::Lagged {
        hints += 1;
    }
    hints
}

/// Each kind of hint arrives with all it says.
pub async fn hints_come_whole_and_in_order(fixture: &impl LiveFixture) {
    let (sender, reader) = (fixture.client().await.wakeups, fixture.client().await.wakeups);
    let mut receiver = reader.subscribe(HERE).await.unwrap();
    publish(&*sender, &HERE, one_of_each()).await;
    sender.publish(Vec::new()).await.unwrap();
    publish(&*sender, &HERE, vec![hint(6)]).await;
    for expected in one_of_each().into_iter().chain([hint(6)]) {
        assert_eq!(next(&mut receiver).await, Notice::Wakeup(expected));
    }
}

/// Two readers of one inbox do not take from each other.
pub async fn every_reader_of_an_inbox_gets_each(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.wakeups, fixture.client().await.wakeups);
    let mut receivers = [
        one.subscribe(HERE).await.unwrap(),
        one.subscribe(HERE).await.unwrap(),
        two.subscribe(HERE).await.unwrap(),
    ];
    publish(&*two, &HERE, vec![hint(1), hint(2)]).await;
    for receiver in &mut receivers {
        assert_eq!(next(receiver).await, Notice::Wakeup(hint(1)));
        assert_eq!(next(receiver).await, Notice::Wakeup(hint(2)));
    }
}

/// A hint goes where it was sent and nowhere else, also out of one batch.
pub async fn inboxes_are_apart(fixture: &impl LiveFixture) {
    let wakeups = fixture.client().await.wakeups;
    let queue = |name: &str| Inbox::Queue(name.parse().unwrap());
    let inboxes = [HERE, THERE, Inbox::Queue(QueueName::ranked()), queue("casual")];
    let mut receivers = Vec::new();
    for inbox in &inboxes {
        receivers.push(wakeups.subscribe(inbox.clone()).await.unwrap());
    }
    let everywhere = |n| inboxes.iter().cloned().zip((n..).map(hint));
    let batch = everywhere(1).chain(everywhere(11)).collect();
    wakeups.publish(batch).await.unwrap();
    for (receiver, n) in receivers.iter_mut().zip(1..) {
        assert_eq!(next(receiver).await, Notice::Wakeup(hint(n)));
        assert_eq!(next(receiver).await, Notice::Wakeup(hint(n + 10)));
    }
}

/// What was sent before is not kept for anybody.
pub async fn reading_begins_with_the_subscription(fixture: &impl LiveFixture) {
    let wakeups = fixture.client().await.wakeups;
    publish(&*wakeups, &HERE, vec![hint(1)]).await;
    let mut receiver = wakeups.subscribe(HERE).await.unwrap();
    publish(&*wakeups, &HERE, vec![hint(2)]).await;
    assert_eq!(next(&mut receiver).await, Notice::Wakeup(hint(2)));
}

/// A publisher need not know who is there.
pub async fn an_absent_inbox_loses_hints(fixture: &impl LiveFixture) {
    let wakeups = fixture.client().await.wakeups;
    let mut receiver = wakeups.subscribe(HERE).await.unwrap();
    let batch = vec![(THERE, hint(1)), (HERE, hint(2))];
    wakeups.publish(batch).await.unwrap();
    assert_eq!(next(&mut receiver).await, Notice::Wakeup(hint(2)));
}

/// Readers come and go without the others' noticing.
pub async fn a_dropped_reader_disturbs_nobody(fixture: &impl LiveFixture) {
    let wakeups = fixture.client().await.wakeups;
    let gone = wakeups.subscribe(HERE).await.unwrap();
    let mut receiver = wakeups.subscribe(HERE).await.unwrap();
    drop(gone);
    publish(&*wakeups, &HERE, vec![hint(1), hint(2)]).await;
    assert_eq!(next(&mut receiver).await, Notice::Wakeup(hint(1)));
    let mut again = wakeups.subscribe(HERE).await.unwrap();
    publish(&*wakeups, &HERE, vec![hint(3)]).await;
    assert_eq!(next(&mut receiver).await, Notice::Wakeup(hint(2)));
    assert_eq!(next(&mut receiver).await, Notice::Wakeup(hint(3)));
    assert_eq!(next(&mut again).await, Notice::Wakeup(hint(3)));
}

/// A reader that does not read holds up nobody, learns of its loss without another hint's coming, and then reads on.
pub async fn an_overflow_is_told_once_and_then_hints_go_on(fixture: &impl LiveFixture) {
    let (sender, reader) = (fixture.client().await.wakeups, fixture.client().await.wakeups);
    let mut slow = reader.subscribe(HERE).await.unwrap();
    let mut other = reader.subscribe(THERE).await.unwrap();
    soon(publish(&*sender, &HERE, vec![hint(1); 2 * INBOX_MAX])).await;
    publish(&*sender, &THERE, vec![hint(2)]).await;
    assert_eq!(next(&mut other).await, Notice::Wakeup(hint(2)));
    assert!(read_to_lagged(&mut slow).await <= INBOX_MAX);
    // The rest of the flood may still be under way and be told of in turn; the hint is sent again after each such notice.
    loop {
        publish(&*sender, &HERE, vec![hint(3)]).await;
        let mut notice = next(&mut slow).await;
        while notice == Notice::Wakeup(hint(1)) {
            notice = next(&mut slow).await;
        }
        if notice == Notice::Wakeup(hint(3)) {
            return;
        }
    }
}
