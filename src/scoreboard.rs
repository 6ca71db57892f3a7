//! The scoreboard: the one reader of profiles in a process, by group read.
//!
//! A page shows every vote acknowledged before it was asked for, on whichever process: so each request
//! needs a read that starts after it came in. The first to ask starts one; all who ask while it runs
//! share the next. The truth is in the database: nothing here is believed without a look-up of its
//! version, which costs the same at any number of ballots. Invariant: no HTTP and no template in here.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::NaiveDateTime;
use data_encoding::HEXLOWER;
use rocket::tokio::sync::{Mutex as TurnMutex, OnceCell, Semaphore};
use sha2::{Digest as _, Sha256};

use crate::{
    counter::{Counted, Counter, CounterError},
    db::{Connection, Engine, OpenError},
    gather::gather,
    logging::Paced,
    marks::Kind,
    models::{
        self, address,
        poll::{Definition, Poll, Which},
        profile::{self, Version},
        state::State,
    },
};

/// How many polls' boards are kept: beyond that, all are forgotten and read anew.
const KEPT: usize = 1024;

/// How often a board is read again because its poll changed meanwhile: an organiser may be at many invitations.
const LOOKS: usize = 16;

/// A read that fails after this long fails for all who wait for one.
const SLOW: Duration = Duration::from_millis(500);

/// After so long it is tried again to store that a poll is shown as closed.
const AGAIN: Duration = Duration::from_secs(1);

/// How many other polls a board names.
const OTHERS: i64 = 8;

/// How many files a result has.
pub const FILES: usize = 9;

/// What a poll's page shows, as of one moment.
#[derive(Debug)]
pub struct Board {
    /// The poll and its choices.
    pub definition: Arc<Definition>,
    /// How many ballots are in.
    pub ballots: u64,
    /// The count: of all of them, unless a long one is under way.
    pub counted: Arc<Counted>,
    /// Where the poll stood at that moment.
    pub state: State,
    /// Other polls that are open.
    pub others: Arc<Vec<Poll>>,
    /// The pages that the web drew of this board, for those who have not voted and for those who have; kept as
    /// long as the board.
    pub pages: [OnceLock<Page>; 2],
    /// The same for the results.
    pub results: [OnceCell<Page>; 2],
    /// The files of the results that somebody asked for.
    pub files: [OnceCell<Page>; FILES],
    version: Version,
    /// When the clock alone makes the board untrue.
    until: Option<NaiveDateTime>,
}

impl Board {
    /// Whether ballots are in that its count does not have yet.
    pub fn is_behind(&self) -> bool {
        self.counted.outcome.ballots < self.ballots
    }
}

/// A drawn page with the tag that names its content.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTML.
    pub body: Bytes,
    /// Its `ETag`, quotes included.
    pub etag: String,
}

impl Page {
    /// A page with the tag of its content.
    pub fn new(body: String) -> Self {
        let digest = Sha256::digest(&body);
        Self { body: body.into(), etag: format!("\"{}\"", HEXLOWER.encode(&digest[..12])) }
    }
}

/// Why a board could not be read. Cloned to all who shared the read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(Arc<str>);

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        Self(error.to_string().into())
    }
}

impl From<diesel::result::Error> for ReadError {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string().into())
    }
}

/// The boards of this process.
pub struct Scoreboard {
    engine: Engine,
    slots: Mutex<HashMap<Which, Arc<Slot>>>,
    /// Long counts take turns.
    turns: Arc<Semaphore>,
    /// When it last could not be stored that a poll is shown as closed.
    unstored: Mutex<Option<Instant>>,
}

/// The board of one address, and the turn to read it.
#[derive(Default)]
struct Slot {
    /// Counts those who asked.
    asked: AtomicU64,
    turn: TurnMutex<Turn>,
    counter: Arc<Counter>,
    /// The newest board, for those who need no fresh one.
    newest: Mutex<Option<Arc<Board>>>,
}

/// What the last read gave, and who had asked when it started.
struct Turn {
    serves: u64,
    board: Result<Option<Arc<Board>>, ReadError>,
}

impl Default for Turn {
    fn default() -> Self {
        Self { serves: 0, board: Ok(None) }
    }
}

impl Scoreboard {
    /// A scoreboard that reads from `engine`.
    pub fn new(engine: Engine) -> Self {
        Self { engine, slots: Mutex::default(), turns: Arc::new(Semaphore::new(1)), unstored: Mutex::default() }
    }

    /// The board as of after this call; `None` where there is no such poll.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn read(&self, which: &Which) -> Result<Option<Arc<Board>>, ReadError> {
        let slot = self.slot(which);
        let ticket = slot.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut turn = slot.turn.lock().await;
        // A read that started after this request came in has everything that this request may know.
        if turn.serves < ticket {
            // Those who are at the door already come along: a read is worth many requests.
            gather(|| slot.asked.load(Ordering::SeqCst)).await;
            turn.serves = slot.asked.load(Ordering::SeqCst);
            let began = Instant::now();
            turn.board = self.read_now(which, slot.newest(), &slot.counter).await;
            match &turn.board {
                Ok(board) => slot.set_newest(board.clone()),
                Err(error) => {
                    log::error!("a page could not be read: {error}");
                    // Those who came meanwhile have waited too, and would wait as long again.
                    if began.elapsed() > SLOW {
                        turn.serves = slot.asked.load(Ordering::SeqCst);
                    }
                }
            }
            if matches!(turn.board, Ok(None)) {
                self.forget(which);
            }
        }
        turn.board.clone()
    }

    /// The slug of the poll that a former or a mistyped address means.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn meant(&self, typed: &str) -> Result<Option<String>, ReadError> {
        Ok(address::find(&mut self.engine.connection().await?, typed).await?)
    }

    /// A poll's definition, perhaps an old one: the ballot box refuses what was read against an old one.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn definition(&self, which: &Which) -> Result<Option<Arc<Definition>>, ReadError> {
        let known = self.slot(which).newest();
        let board = if known.is_some() { known } else { self.read(which).await? };
        Ok(board.map(|board| board.definition.clone()))
    }

    fn slot(&self, which: &Which) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(which) {
            return slot.clone();
        }
        if slots.len() >= KEPT {
            // First those without a board: addresses that nobody found a poll at.
            slots.retain(|_, slot| slot.newest().is_some());
        }
        if slots.len() >= KEPT {
            slots.clear();
        }
        slots.entry(which.clone()).or_default().clone()
    }

    /// An address without a poll must not take the place of one with.
    fn forget(&self, which: &Which) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(which);
    }

    async fn read_now(
        &self,
        which: &Which,
        known: Option<Arc<Board>>,
        counter: &Arc<Counter>,
    ) -> Result<Option<Arc<Board>>, ReadError> {
        let mut db = self.engine.connection().await?;
        let now = models::now();
        let unstored = *self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
        let mut may_store = unstored.is_none_or(|last| last.elapsed() > AGAIN);
        let Some((mut version, mut profile)) = profile::version(&mut db, which).await? else { return Ok(None) };
        if let Some(board) = &known
            && board.version == version
            && board.until.is_none_or(|until| now < until)
            && board.state == board.definition.poll.state(now)
            && !board.is_behind()
            && !(may_store && board.definition.poll.is_newly_shown_closed(now, board.ballots))
        {
            return Ok(known);
        }
        let mut definition = known
            .as_ref()
            .filter(|board| (board.version.poll_id, board.version.revision) == (version.poll_id, version.revision))
            .map(|board| board.definition.clone());
        // The definition and the profile are read one after the other. A change that came between them shows
        // as another revision, or as marks that fit no choice, and then both are read again.
        for _ in 0..LOOKS {
            let current = match definition.take() {
                Some(definition) => definition,
                None => match Definition::find(&mut db, which).await? {
                    Some(definition) => Arc::new(definition),
                    None => return Ok(None),
                },
            };
            if (current.poll.id, current.poll.revision) != (version.poll_id, version.revision) {
                // Another poll stands at this address since the look: what was looked up is not its.
                let Some(look) = profile::version(&mut db, which).await? else { return Ok(None) };
                (version, profile) = look;
                continue;
            }
            let state = current.poll.state(now);
            if may_store && current.poll.is_newly_shown_closed(now, version.ballots) {
                match current.poll.remember_shown_closed(&mut db, now).await {
                    Ok(_) => {
                        let Some(look) = profile::version(&mut db, which).await? else { return Ok(None) };
                        (version, profile) = look;
                        continue;
                    }
                    // A result is shown although nothing can be written now.
                    Err(error) => {
                        static PACED: Paced = Paced::new();
                        PACED.warn(|count| {
                            format!("{count} times it could not be stored that a poll is shown as closed: {error}")
                        });
                        may_store = false;
                        *self.unstored.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                    }
                }
            }
            let profile = match profile.take() {
                None if current.poll.marking.form().kind == Kind::Pick => {
                    Some(profile::read(&mut db, current.poll.id).await?)
                }
                profile => profile,
            };
            // Before the count, which may take longer than the connection has time.
            let (others, bell) = others(&mut db, known.as_deref(), &version, now).await?;
            let ballots = version.ballots;
            let counted = match counter.count(&self.engine, &self.turns, &current, state, ballots, profile).await {
                Ok(counted) => counted,
                Err(CounterError::Failed(why)) => return Err(ReadError(why.into())),
                Err(CounterError::Unreadable(_)) => continue,
            };
            if let Some(board) = &known
                && board.version == version
                && board.until.is_none_or(|until| now < until)
                && board.state == state
                && Arc::ptr_eq(&board.counted, &counted)
            {
                return Ok(known);
            }
            let until = [current.poll.next_change(now), bell].into_iter().flatten().min();
            let ballots = ballots.max(counted.outcome.ballots);
            let pages = [OnceLock::new(), OnceLock::new()];
            let results = [OnceCell::new(), OnceCell::new()];
            let files = Default::default();
            let definition = current;
            let board = Board { definition, ballots, counted, state, others, pages, results, files, version, until };
            return Ok(Some(Arc::new(board)));
        }
        Err(ReadError("the profile has marks that are no choice of the poll; run `urna check`".into()))
    }
}

/// The other open polls, and when a poll opens or closes by its date next: read again only when one changed.
async fn others(
    db: &mut Connection,
    known: Option<&Board>,
    version: &Version,
    now: NaiveDateTime,
) -> Result<(Arc<Vec<Poll>>, Option<NaiveDateTime>), ReadError> {
    if let Some(board) = known
        && board.version.site == version.site
        && board.version.poll_id == version.poll_id
        && board.until.is_none_or(|until| now < until)
    {
        return Ok((board.others.clone(), board.until));
    }
    let others = Poll::open(db, now, version.poll_id, OTHERS).await?;
    Ok((Arc::new(others), Poll::next_opening_or_closing(db, now).await?))
}

impl Slot {
    fn newest(&self) -> Option<Arc<Board>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_newest(&self, board: Option<Arc<Board>>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = board;
    }
}
