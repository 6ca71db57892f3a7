//! Slow and idle clients are disconnected, so that they can't block the service.
//!
//! Rocket 0.5 has no time limit for headers and no cap on connections, and gives no hook into its accept loop. But the
//! kernel counts for each connection what was sent and received on it, and when. Once a second the process looks through
//! its own sockets and closes those without traffic for too long, those that wait for an answer for longer than any
//! answer takes (because their headers or body come too slowly), and those that have sent more than a small form without
//! an answer. A client who may send a large form has a [`Sender`]. Linux only.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use rocket::{Request, fairing::AdHoc};

use crate::config::Limits;

/// The clients who are sending a large form that a handler reads.
static SENDERS: Mutex<Option<HashSet<SocketAddr>>> = Mutex::new(None);

/// Marks a client as sending a large form until it is dropped; the form's own time limit applies then.
pub struct Sender(Option<SocketAddr>);

impl Sender {
    /// The client of a request.
    pub fn of(req: &Request<'_>) -> Self {
        let peer = req.remote();
        if let Some(peer) = peer {
            SENDERS.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(peer);
        }
        Self(peer)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let (Some(peer), Some(senders)) = (self.0, SENDERS.lock().unwrap_or_else(PoisonError::into_inner).as_mut()) {
            senders.remove(&peer);
        }
    }
}

/// Watches the server's clients from its start to its shutdown.
pub fn stage(limits: Limits) -> AdHoc {
    AdHoc::on_liftoff("slow clients", move |rocket| {
        Box::pin(async move {
            #[cfg(target_os = "linux")]
            linux::watch(rocket.config().port, limits, rocket.shutdown());
            #[cfg(not(target_os = "linux"))]
            log::warn!("only on Linux are slow clients disconnected: put a proxy in front");
        })
    })
}

/// How many clients are connected to the server on this port; 1 where that is unknown.
pub fn connected(port: u16) -> usize {
    #[cfg(target_os = "linux")]
    return linux::connected(port);
    #[cfg(not(target_os = "linux"))]
    return usize::from(port > 0);
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::HashMap,
        fs, mem,
        net::Shutdown as Close,
        os::{
            fd::{AsRawFd as _, BorrowedFd, RawFd},
            unix::ffi::OsStrExt as _,
        },
        sync::PoisonError,
        time::{Duration, Instant},
    };

    use rocket::{
        Shutdown,
        tokio::{select, spawn, task::spawn_blocking, time::sleep},
    };
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use socket2::SockRef;

    use super::SENDERS;
    use crate::config::Limits;

    /// No answer takes longer: a vote waits half of that for the disk, and a form has a limit of its own.
    const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

    /// How much a client may send without an answer: headers and a small form. More needs a [`super::Sender`], which must
    /// appear within `SENDER_TIMEOUT`.
    const MOST_UNREAD: u64 = 64 * 1024;
    const SENDER_TIMEOUT: Duration = Duration::from_secs(3);

    /// A client that does not take what it is sent for so long has gone without a word (RFC 5482); connections inherit it
    /// from the socket that listens. Streams are sent something all the time and so are never quiet.
    const UNTAKEN: Duration = Duration::from_secs(30);

    const EVERY: Duration = Duration::from_secs(1);

    /// Rocket listens with a backlog of 128, and a burst above it waits a second for its retransmission.
    const BACKLOG: i32 = 4096;

    /// Descriptors beside the clients': database, files, pipes.
    const SPARE: u64 = 256;

    /// A connected client: its descriptor, and the kernel's number of the socket, which is never reused.
    struct Client {
        fd: BorrowedFd<'static>,
        cookie: u64,
        /// Milliseconds since anything was sent or received.
        quiet: u32,
        /// Bytes sent and received so far.
        sent: u64,
        received: u64,
        is_sender: bool,
    }

    /// What earlier checks have found about a client.
    struct Seen {
        sent: u64,
        /// How much had been received when something was sent last.
        answered: u64,
        /// Since when more has come than was answered, and since when that is much.
        waiting: Option<Instant>,
        much: Option<Instant>,
    }

    impl Seen {
        /// Notes another check; `true` where the client waits too long or sends too much.
        fn check(&mut self, client: &Client, limits: &Limits, now: Instant) -> bool {
            if client.sent != self.sent {
                *self = Self { sent: client.sent, answered: client.received, waiting: None, much: None };
                return false;
            }
            let pending = client.received.saturating_sub(self.answered);
            self.waiting = (pending > 0).then(|| self.waiting.unwrap_or(now));
            self.much = (pending > MOST_UNREAD).then(|| self.much.unwrap_or(now));
            let longer = |since: Option<Instant>, time| since.is_some_and(|since| now.duration_since(since) >= time);
            let answered = ANSWER_TIMEOUT.min(Duration::from_secs(u64::from(limits.idle_seconds) * 2));
            !client.is_sender && (longer(self.waiting, answered) || longer(self.much, SENDER_TIMEOUT))
        }
    }

    pub fn watch(port: u16, limits: Limits, mut shutdown: Shutdown) {
        raise_descriptor_limit(limits.clients as u64 + SPARE);
        for fd in sockets() {
            let socket = SockRef::from(&fd);
            if is_on(port, &socket) && socket.is_listener().unwrap_or(false) {
                if let Err(error) = socket.listen(BACKLOG) {
                    log::warn!("the backlog stays at Rocket's: {error}");
                }
                if let Err(error) = socket.set_tcp_user_timeout(Some(UNTAKEN)) {
                    log::warn!("clients that have gone without a word are noticed late: {error}");
                }
            }
        }
        spawn(async move {
            let mut seen = HashMap::new();
            loop {
                select! {
                    () = &mut shutdown => break,
                    () = sleep(EVERY) => {}
                }
                let limits = limits.clone();
                let swept = spawn_blocking(move || {
                    sweep(port, &limits, &mut seen);
                    seen
                });
                seen = swept.await.unwrap_or_else(|error| {
                    log::error!("slow clients could not be looked for: {error}");
                    HashMap::new()
                });
            }
        });
    }

    pub fn connected(port: u16) -> usize {
        sockets().into_iter().filter_map(|fd| client(port, fd)).count()
    }

    /// Closes the connections of slow clients, and beyond the cap the longest quiet ones.
    fn sweep(port: u16, limits: &Limits, seen: &mut HashMap<u64, Seen>) {
        let now = Instant::now();
        let mut clients: Vec<Client> = sockets().into_iter().filter_map(|fd| client(port, fd)).collect();
        clients.sort_unstable_by_key(|client| client.quiet);
        let idle_ms = limits.idle_seconds.saturating_mul(1000);
        let mut still = HashMap::with_capacity(clients.len());
        for (place, client) in clients.iter().enumerate() {
            let new = Seen { sent: client.sent, answered: 0, waiting: None, much: None };
            let mut known = seen.remove(&client.cookie).unwrap_or(new);
            let is_slow = known.check(client, limits, now) || client.quiet >= idle_ms;
            still.insert(client.cookie, known);
            if place < limits.clients && !is_slow {
                continue;
            }
            let socket = SockRef::from(&client.fd);
            // The server may have closed it meanwhile and its number may be another's.
            if socket.cookie().is_ok_and(|cookie| cookie == client.cookie) {
                // An error means that the client has left by itself.
                let _ = socket.shutdown(Close::Both);
            }
        }
        *seen = still;
    }

    /// This process's sockets, borrowed: they are asked and shut down, never closed.
    ///
    /// Nothing is duplicated: closing the duplicate of a file would drop every lock that this process
    /// holds on it (POSIX), and SQLite's next user would take the database for abandoned.
    fn sockets() -> Vec<BorrowedFd<'static>> {
        let entries = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        entries
            .filter(|entry| {
                fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str().as_bytes().starts_with(b"socket:"))
            })
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            // SAFETY: the number is not -1, and what is asked of it gives an error where it is no open socket any more.
            .map(|fd: RawFd| unsafe { BorrowedFd::borrow_raw(fd) })
            .collect()
    }

    fn is_on(port: u16, socket: &SockRef<'_>) -> bool {
        socket.local_addr().ok().and_then(|address| address.as_socket()).is_some_and(|address| address.port() == port)
    }

    fn client(port: u16, fd: BorrowedFd<'static>) -> Option<Client> {
        let socket = SockRef::from(&fd);
        let cookie = socket.cookie().ok()?;
        if !is_on(port, &socket) {
            return None;
        }
        let peer = socket.peer_addr().ok()?.as_socket()?;
        let senders = SENDERS.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sender = senders.as_ref().is_some_and(|senders| senders.contains(&peer));
        drop(senders);
        let info = tcp_info(&socket)?;
        let quiet = info.tcpi_last_data_sent.min(info.tcpi_last_data_recv);
        // What the client has taken, and what has come from it.
        let (sent, received) = (info.tcpi_bytes_acked, info.tcpi_bytes_received);
        Some(Client { fd, cookie, quiet, sent, received, is_sender })
    }

    /// What the kernel knows of a connection; its times are milliseconds, and count from the accept where nothing came yet.
    fn tcp_info(socket: &SockRef<'_>) -> Option<libc::tcp_info> {
        // SAFETY: tcp_info is plain numbers, for which all zeroes is a value.
        let mut info: libc::tcp_info = unsafe { mem::zeroed() };
        let mut size = libc::socklen_t::try_from(mem::size_of::<libc::tcp_info>()).ok()?;
        // SAFETY: the pointer and its size belong together, and the kernel writes no more than the size.
        let done = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                (&raw mut info).cast(),
                &raw mut size,
            )
        };
        (done == 0).then_some(info)
    }

    fn raise_descriptor_limit(wanted: u64) {
        let limit = getrlimit(Resource::Nofile);
        // `None` is no limit.
        let Some(current) = limit.current.filter(|current| *current < wanted) else { return };
        let raised = limit.maximum.map_or(wanted, |maximum| wanted.min(maximum));
        let is_raised = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), ..limit }).is_ok();
        if !is_raised || raised < wanted {
            let open = if is_raised { raised } else { current };
            log::warn!("only {open} files may be open at once, fewer than the {wanted} that the cap on clients needs");
        }
    }
}
