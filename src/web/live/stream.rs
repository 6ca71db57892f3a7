//! One watcher: what a page that is open in a browser is sent.

use std::{
    io::Cursor,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rocket::{
    futures::stream::{Stream, unfold},
    tokio::{
        select,
        sync::{OwnedSemaphorePermit, watch},
        time::sleep_until,
    },
};

use super::hub::Frame;

/// After so long, and up to half as long again, the browser asks anew, with the cookies that it has then.
const LONGEST: Duration = Duration::from_mins(10);

/// How long a browser waits before it asks anew, in milliseconds: at least so long, and up to so much longer. All browsers
/// come back at once after a restart, and are spread out by it.
const RETRY: (u32, u32) = (2000, 6000);

/// A watcher, from one request on.
pub struct Watcher {
    frames: watch::Receiver<Frame>,
    /// The state that was sent last, and when it was asked for.
    shown: Arc<str>,
    asked: Instant,
    /// What is sent before the next state.
    first: Option<Bytes>,
    beat: Duration,
    until: Instant,
    has_ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    /// A watcher whose page has the state with the id `have`, while the poll is in the state `now`. Later states come from
    /// `frames`, and a comment at least every `beat`, by which proxies and browsers know that the line is there.
    pub fn new(
        now: Frame,
        frames: watch::Receiver<Frame>,
        have: Option<&str>,
        beat: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let retry = format!("retry: {}\n\n", RETRY.0 + random_below(RETRY.1));
        let state = if have == Some(&*now.id) { &[][..] } else { &now.event };
        let first = [retry.as_bytes(), state].concat();
        let until = Instant::now() + LONGEST + Duration::from_millis(random_below(300_000).into());
        let (shown, asked) = (now.id, now.asked);
        Self { frames, shown, asked, first: Some(first.into()), beat, until, has_ended: false, _place: place }
    }

    /// What it is sent, piece by piece.
    pub fn events(self) -> impl Stream<Item = Cursor<Bytes>> {
        unfold(self, |mut watcher| async { Some((Cursor::new(watcher.next().await?), watcher)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.has_ended {
            return None;
        }
        let beat = Instant::now() + self.beat;
        loop {
            let is_waiting = matches!(self.frames.has_changed(), Ok(false));
            select! {
                changed = self.frames.changed() => changed.ok()?,
                () = sleep_until(beat.min(self.until).into()) => {
                    self.has_ended = Instant::now() >= self.until;
                    // At a planned end the browser asks anew at once.
                    return Some(Bytes::from_static(if self.has_ended { b"retry: 200\n\n" } else { b":\n\n" }));
                }
            }
            let frame = self.frames.borrow_and_update().clone();
            // A reader who was not waiting is a slow one, and sets the pace for nobody.
            if is_waiting {
                frame.take();
            }
            let is_known = frame.event.is_empty() || frame.id == self.shown || frame.asked < self.asked;
            if !is_known {
                (self.shown, self.asked) = (frame.id, frame.asked);
                return Some(frame.event);
            }
        }
    }
}

/// A random number below `most`; without random bytes, the middle.
fn random_below(most: u32) -> u32 {
    getrandom::u32().map_or(most / 2, |random| random % most)
}
