//! One watcher: what a page that is open in a browser is sent.

use std::{
    io::Cursor,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rocket::{
    futures::stream::{Stream, StreamExt as _, iter, unfold},
    tokio::{
        select,
        sync::{OwnedSemaphorePermit, watch},
        time::sleep_until,
    },
};

use super::hub::Frame;
use crate::scoreboard::BoardVersion;

/// After so long, and up to half as long again, the browser asks anew, with the cookies that it has then.
const LONGEST: Duration = Duration::from_mins(10);

/// How long a browser waits before it asks anew, in milliseconds: at least so long, and up to so much longer, so that not all
/// come at once. After the end of the server, when another one takes its place; less after a planned end.
const RETRY: (u32, u32) = (2000, 6000);
const RESTART: (u32, u32) = (3500, 6000);
const PLANNED: (u32, u32) = (1000, 1000);

/// The first comment; each next one comes after twice the time, up to the longest. So who has only come and gone is noticed
/// soon.
const FIRST_BEAT: Duration = Duration::from_secs(2);

/// A watcher, from one request on.
pub struct Watcher {
    frames: watch::Receiver<Frame>,
    /// The state that was sent last.
    shown: Arc<str>,
    version: Option<BoardVersion>,
    beat: Duration,
    longest_beat: Duration,
    until: Instant,
    has_ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    /// A watcher of a poll that is in the state `now`; later states come from `frames`. A comment comes at least every
    /// `longest_beat`, by which proxies and browsers know that the line is there.
    pub fn new(
        now: &Frame,
        frames: watch::Receiver<Frame>,
        longest_beat: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            frames,
            shown: now.id.clone(),
            version: now.version,
            beat: FIRST_BEAT.min(longest_beat),
            longest_beat,
            until: Instant::now() + LONGEST + Duration::from_millis(random_in((0, 300_000)).into()),
            has_ended: false,
            _place: place,
        }
    }

    /// What it is sent, piece by piece: the state `now` first, unless its page has the state with the id `have`.
    pub fn events(self, now: Frame, have: Option<&str>) -> impl Stream<Item = Cursor<Bytes>> + use<> {
        let retry = retry(RETRY);
        let state = (have != Some(&*now.id)).then_some(now.event);
        let later = unfold(self, |mut watcher| async { Some((watcher.next().await?, watcher)) });
        iter([retry].into_iter().chain(state)).chain(later).map(Cursor::new)
    }

    async fn next(&mut self) -> Option<Bytes> {
        if self.has_ended {
            return None;
        }
        let beat = Instant::now() + self.beat;
        loop {
            let is_waiting = matches!(self.frames.has_changed(), Ok(false));
            select! {
                changed = self.frames.changed() => if changed.is_err() {
                    self.has_ended = true;
                    return Some(retry(RESTART));
                },
                () = sleep_until(beat.min(self.until).into()) => return Some(self.comment()),
            }
            let frame = self.frames.borrow_and_update().clone();
            // A reader who was not waiting is a slow one, and sets the pace for nobody.
            if is_waiting {
                frame.take();
            }
            if self.is_new(&frame) {
                (self.shown, self.version) = (frame.id, frame.version.or(self.version));
                return Some(frame.event);
            }
        }
    }

    fn is_new(&self, frame: &Frame) -> bool {
        let is_older = frame.version.zip(self.version).is_some_and(|(new, shown)| new.is_older_than(shown));
        !frame.event.is_empty() && frame.id != self.shown && !is_older
    }

    fn comment(&mut self) -> Bytes {
        self.beat = (self.beat * 2).min(self.longest_beat);
        self.has_ended = Instant::now() >= self.until;
        if self.has_ended { retry(PLANNED) } else { Bytes::from_static(b":\n\n") }
    }
}

fn retry(times: (u32, u32)) -> Bytes {
    format!("retry: {}\n\n", random_in(times)).into()
}

/// A random number from the first one on, and up to so much more; without random bytes, the middle.
fn random_in((least, more): (u32, u32)) -> u32 {
    least + getrandom::u32().map_or(more / 2, |random| random % more)
}
