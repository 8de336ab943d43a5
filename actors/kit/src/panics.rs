//! Turns panics into text, so that one misbehaving step becomes a reason in a log and not a lost task.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Runs `step` and gives the text of its panic, if it panics.
///
/// Whatever `step` borrowed may be left half changed; every caller drops it after an `Err`.
pub(crate) fn caught<T>(step: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(step)).map_err(text)
}

/// Awaits `future` and gives the text of its panic, if it panics.
pub(crate) async fn caught_async<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    poll_fn(|cx| match caught(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(why) => Poll::Ready(Err(why)),
    })
    .await
}

fn text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => format!("panicked: {text}"),
        Err(other) => match other.downcast::<&str>() {
            Ok(text) => format!("panicked: {text}"),
            Err(_unprintable) => "panicked without a text".to_owned(),
        },
    }
}
