//! The hub: while pages of a poll are open in browsers, this process looks for a new version of the poll four times a
//! second, once for all of them, and draws each new result once for all viewers who may see the same.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use rocket::{
    Shutdown,
    tokio::{
        select, spawn,
        sync::{OwnedSemaphorePermit, Semaphore, watch},
        time::sleep,
    },
};

use super::fragment;
use crate::{
    models::{poll::Which, visibility::Viewer},
    scoreboard::{BoardVersion, Scoreboard, Snapshot},
    web::{
        http::{error::Error, views::Views},
        page_cache::{PageCache, Pages},
    },
};

/// How often to look for a new version.
const LOOK_UP: Duration = Duration::from_millis(250);

/// For each so many polls that are watched, look-ups of a poll are one such pause farther apart.
const TOPICS: usize = 25;

/// How many watchers are sent a state at once, and the pause after that. All at once would keep a vote waiting that comes just
/// then: ten thousand take a fifth of a second of a processor.
const BATCH: usize = 80;
const BETWEEN: Duration = Duration::from_millis(1);

/// The least time between two states that are sent.
const PACE: Duration = Duration::from_millis(500);

/// States are handed out in at most one of so many parts of the time, and no wait is longer than five times `MOST`.
const PARTS: u32 = 5;
const MOST: Duration = Duration::from_secs(1);

/// The pause after a look-up that failed.
const RETRY: Duration = Duration::from_secs(2);

/// The polls that are watched in this process.
pub struct Hub {
    scoreboard: Arc<Scoreboard>,
    views: Views,
    cache: PageCache,
    topics: Mutex<HashMap<String, Arc<Topic>>>,
    places: Arc<Semaphore>,
}

/// A watched poll: its watchers in batches of one kind of viewer.
#[derive(Default)]
struct Topic(Mutex<Vec<Batch>>);

/// Watchers who are sent a state at the same time.
#[derive(Clone)]
struct Batch {
    viewer: Viewer,
    channel: Arc<watch::Sender<Frame>>,
}

/// What watchers are sent of one state of a poll.
#[derive(Clone)]
pub struct Frame {
    /// What names the state.
    pub id: Arc<str>,
    /// The event, as it is sent.
    pub event: Bytes,
    /// Of which version it is; `None` where that is not known.
    pub version: Option<BoardVersion>,
    takes: Arc<Takes>,
}

/// When the frames of one moment, for all kinds of viewers, were taken.
struct Takes {
    drawn: Instant,
    /// How long after that a watcher who waited has taken one, in microseconds: the longest so far.
    longest: AtomicU64,
}

impl Hub {
    /// A hub for at most so many watchers.
    pub fn new(scoreboard: Arc<Scoreboard>, views: Views, cache: PageCache, watchers: usize) -> Self {
        let places = Arc::new(Semaphore::new(watchers.min(Semaphore::MAX_PERMITS)));
        Self { scoreboard, views, cache, topics: Mutex::default(), places }
    }

    /// A place for one more watcher, if there is one.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// The state of a poll as it was read, and all later ones. They end when the server does, and where the poll is gone.
    ///
    /// # Errors
    /// [`Error`] for a template with a mistake.
    pub async fn watch(
        self: &Arc<Self>,
        snapshot: &Snapshot,
        viewer: Viewer,
        shutdown: Shutdown,
    ) -> Result<(Frame, watch::Receiver<Frame>), Error> {
        let mut later = self.subscribe(&snapshot.board.definition.poll.slug, viewer, shutdown);
        // The last state may be newer than the one that was read.
        later.mark_changed();
        let last = later.borrow().clone();
        let now = match last.version {
            Some(version) if version == fragment::version(&snapshot.board, viewer) => last,
            _ => self.draw(snapshot, viewer, &Takes::begin()).await?,
        };
        Ok((now, later))
    }

    fn subscribe(self: &Arc<Self>, slug: &str, viewer: Viewer, shutdown: Shutdown) -> watch::Receiver<Frame> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = topics.entry(slug.to_owned()).or_insert_with(|| {
            let topic = Arc::<Topic>::default();
            spawn(Lookout { hub: self.clone(), slug: slug.to_owned(), topic: topic.clone() }.run(shutdown));
            topic
        });
        topic.subscribe(viewer)
    }

    async fn draw(&self, snapshot: &Snapshot, viewer: Viewer, takes: &Arc<Takes>) -> Result<Frame, Error> {
        let pages = Pages { views: &self.views, cache: &self.cache };
        let result = fragment::result(&snapshot.board, viewer, &pages).await?;
        let id = format!("{}.{}", result.id(), fragment::rest(snapshot, viewer, &pages).await?);
        let version = Some(fragment::version(&snapshot.board, viewer));
        Ok(Frame { event: event(&id, &result.text()), id: id.into(), version, takes: takes.clone() })
    }

    /// How long to wait between two look-ups: the more polls are watched, the longer, so that the database has time for
    /// others.
    fn look_up_pause(&self) -> Duration {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner).len();
        LOOK_UP * u32::try_from(1 + topics / TOPICS).unwrap_or(u32::MAX)
    }
}

/// A state as an event: each line of the text is one of its lines.
fn event(id: &str, text: &str) -> Bytes {
    let mut event = format!("id: {id}\n");
    for line in text.split(['\n', '\r']) {
        event.extend(["data: ", line, "\n"]);
    }
    event.push('\n');
    event.into()
}

/// The task that looks for new states of a watched poll. Dropped, it ends the streams of its watchers.
struct Lookout {
    hub: Arc<Hub>,
    slug: String,
    topic: Arc<Topic>,
}

/// What a look-up has found.
enum Found {
    Nothing,
    New(Arc<Takes>),
    NoPoll,
}

impl Lookout {
    async fn run(self, shutdown: Shutdown) {
        select! {
            () = shutdown => {}
            () = self.look() => {}
        }
    }

    async fn look(&self) {
        let which = Which::Slug(self.slug.clone());
        let mut failures = 0;
        while self.is_watched() {
            match self.look_up(&which).await {
                Ok(Found::Nothing) => sleep(self.hub.look_up_pause()).await,
                Ok(Found::New(takes)) => takes.wait().await,
                Ok(Found::NoPoll) => break,
                // The reader of the board has written the reason to the log. A failure may be the only one.
                Err(_) if failures == 0 => {
                    failures = 1;
                    sleep(LOOK_UP).await;
                    continue;
                }
                Err(_) => {
                    self.topic.batches().iter().for_each(|batch| _ = send(&batch.channel, &Frame::paused()));
                    sleep(RETRY).await;
                    continue;
                }
            }
            failures = 0;
        }
    }

    /// Sends the state of the poll as of now to those who have an older one.
    async fn look_up(&self, which: &Which) -> Result<Found, Error> {
        let snapshot = self.hub.scoreboard.read(which).await?;
        let Some(snapshot) = snapshot.filter(|snapshot| !snapshot.board.definition.poll.draft) else {
            return Ok(Found::NoPoll);
        };
        let (takes, mut found) = (Takes::begin(), Found::Nothing);
        let mut drawn: HashMap<Viewer, Frame> = HashMap::new();
        for Batch { viewer, channel } in self.topic.batches() {
            if channel.borrow().version == Some(fragment::version(&snapshot.board, viewer)) {
                continue;
            }
            let frame = match drawn.get(&viewer) {
                Some(frame) => frame.clone(),
                None => self.hub.draw(&snapshot, viewer, &takes).await?,
            };
            if send(&channel, &frame) {
                found = Found::New(takes.clone());
                // Votes and pages are answered between the batches.
                sleep(BETWEEN).await;
            }
            drawn.insert(viewer, frame);
        }
        Ok(found)
    }

    /// Whether anybody watches. If not, the topic is removed, so that the next watcher starts another look-out.
    fn is_watched(&self) -> bool {
        let mut topics = self.hub.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let is_watched = !self.topic.batches().is_empty();
        if !is_watched {
            topics.remove(&self.slug);
        }
        is_watched
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        let mut topics = self.hub.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if topics.get(&self.slug).is_some_and(|topic| Arc::ptr_eq(topic, &self.topic)) {
            topics.remove(&self.slug);
        }
    }
}

/// Sends a state, if it is another one than the last; whether it was.
fn send(channel: &watch::Sender<Frame>, frame: &Frame) -> bool {
    channel.send_if_modified(|last| std::mem::replace(last, frame.clone()).id != frame.id)
}

impl Topic {
    /// The batches that have watchers.
    fn batches(&self) -> Vec<Batch> {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.retain(|batch| batch.channel.receiver_count() > 0);
        batches.clone()
    }

    fn subscribe(&self, viewer: Viewer) -> watch::Receiver<Frame> {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = || batches.iter().filter(|batch| batch.viewer == viewer);
        if let Some(batch) = same().find(|batch| batch.channel.receiver_count() < BATCH) {
            return batch.channel.subscribe();
        }
        let last = same().next_back().map_or_else(Frame::none, |batch| batch.channel.borrow().clone());
        let (channel, later) = watch::channel(last);
        batches.push(Batch { viewer, channel: Arc::new(channel) });
        later
    }
}

impl Takes {
    fn begin() -> Arc<Self> {
        Arc::new(Self { drawn: Instant::now(), longest: AtomicU64::new(0) })
    }

    /// Waits until the next state may be sent.
    async fn wait(&self) {
        loop {
            let longest = Duration::from_micros(self.longest.load(Ordering::Relaxed)).min(MOST);
            let left = PACE.max(longest * PARTS).saturating_sub(self.drawn.elapsed());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

impl Frame {
    /// No state yet.
    fn none() -> Self {
        Self { id: "".into(), event: Bytes::new(), version: None, takes: Takes::begin() }
    }

    /// While the database does not answer.
    fn paused() -> Self {
        Self { id: "paused".into(), event: Bytes::from_static(b"event: paused\ndata:\n\n"), ..Self::none() }
    }

    /// Notes that a watcher who waited for this state has taken it.
    pub fn take(&self) {
        let micros = u64::try_from(self.takes.drawn.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.takes.longest.fetch_max(micros, Ordering::Relaxed);
    }
}
