//! How a leader comes to lead: it reads the queue, before or after the lease is won, and has an epoch minted.

use super::tests::*;
use super::*;

#[test]
fn hints_count_while_loading_and_not_in_standby() {
    let mut leader = Leader::default();
    queued(&mut leader, ticket(1));
    assert_eq!(leader.len(), 0);
    leader.on(NOW, Event::Elected);
    queued(&mut leader, ticket(1));
    leader.on(NOW, Event::Minted(Some(leadership())));
    leader.on(NOW, Event::Loaded(Some(vec![ticket(1), ticket(2)])));
    assert_eq!(leader.len(), 2);
    leader.on(NOW, left(1));
    assert_eq!(leader.len(), 1);
}

#[test]
fn a_queue_is_loaded_page_by_page() {
    let mut leader = Leader::default();
    leader.on(NOW, Event::Elected);
    leader.on(NOW, Event::Minted(Some(leadership())));
    let page: Vec<_> = (0..PAGE as u32).map(numbered).collect();
    let after = page.last().map(key);
    assert_eq!(leader.on(NOW, Event::Loaded(Some(page))), [Effect::Load { after }]);
    assert!(!leader.is_leading());
    assert_eq!(leader.on(NOW, Event::Loaded(Some(vec![]))), []);
    assert!(leader.is_leading() && leader.len() == PAGE);
}

#[test]
fn who_is_ready_leads_as_soon_as_it_has_an_epoch() {
    let mut leader = Leader::default();
    let effects = leader.on(NOW, Event::GetReady);
    assert_eq!(effects, [Effect::Follow, Effect::Load { after: None }]);
    assert_eq!(leader.on(NOW, Event::GetReady), [], "once is enough");
    queued(&mut leader, ticket(3));
    leader.on(NOW, Event::Loaded(Some(vec![ticket(1), ticket(2)])));
    assert_eq!(tick(&mut leader), None, "another may lead as yet");
    assert_eq!(leader.on(NOW, Event::Minted(Some(leadership()))), [], "nobody asked");
    assert!(leader.is_active() && !leader.is_leading());
    assert_eq!(leader.on(NOW, Event::Elected), [Effect::Mint]);
    assert_eq!(leader.on(NOW, Event::Elected), [], "once is enough");
    leader.on(NOW, Event::Minted(Some(leadership())));
    assert!(leader.is_leading());
    assert_eq!(leader.len(), 3);
}

#[test]
fn who_was_elected_while_it_reads_leads_once_it_has_read_all() {
    let mut leader = Leader::default();
    leader.on(NOW, Event::GetReady);
    leader.on(NOW, Event::Elected);
    leader.on(NOW, Event::Minted(Some(leadership())));
    assert!(!leader.is_leading());
    leader.on(NOW, Event::Loaded(Some(vec![ticket(1)])));
    assert!(leader.is_leading());
}

#[test]
fn who_got_ready_in_vain_forgets_and_can_get_ready_again() {
    let mut leader = Leader::default();
    leader.on(NOW, Event::GetReady);
    leader.on(NOW, Event::Loaded(Some(vec![ticket(1)])));
    assert_eq!(leader.on(NOW, Event::Deposed), []);
    assert_eq!((leader.len(), leader.is_active()), (0, false));
    assert_eq!(leader.on(NOW, Event::Loaded(Some(vec![ticket(1)]))), []);
    assert_eq!(leader.len(), 0, "a page that came late");
    let effects = leader.on(NOW, Event::GetReady);
    assert_eq!(effects, [Effect::Follow, Effect::Load { after: None }]);
}

#[test]
fn failures_on_the_way_to_lead_give_the_lease_back() {
    let mut leader = Leader::default();
    leader.on(NOW, Event::Elected);
    assert_eq!(leader.on(NOW, Event::Minted(None)), [Effect::StepDown]);
    leader.on(NOW, Event::Elected);
    leader.on(NOW, Event::Minted(Some(leadership())));
    assert_eq!(leader.on(NOW, Event::Loaded(None)), [Effect::StepDown]);
}
