//! Clients: no slow one holds the service, and no crowd of idle ones.
//!
//! Rocket 0.5 has no time limit for headers and no cap on connections, and gives no hook into its
//! accept loop. But the kernel knows of each connection when something was last sent and received on it. Once a
//! second the process looks through its own sockets and closes those that were quiet both ways for too
//! long, and those on which nothing was sent for twice as long: whoever drips headers or a body. A voter
//! who waits for the disk is neither. Linux only.

use rocket::fairing::AdHoc;

use crate::config::Limits;

/// Watches the clients of the server from its first moment to its shutdown.
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

/// How many clients are connected to the server on this port; where that can't be known, one.
pub fn connected(port: u16) -> usize {
    #[cfg(target_os = "linux")]
    return linux::connected(port);
    #[cfg(not(target_os = "linux"))]
    return usize::from(port > 0);
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs, mem,
        net::Shutdown as Close,
        os::{
            fd::{AsRawFd as _, BorrowedFd, RawFd},
            unix::ffi::OsStrExt as _,
        },
        time::Duration,
    };

    use rocket::{
        Shutdown,
        tokio::{select, spawn, task::spawn_blocking, time::sleep},
    };
    use socket2::SockRef;

    use crate::config::Limits;

    const EVERY: Duration = Duration::from_secs(1);

    /// Rocket listens with a backlog of 128, and a burst above it waits a second for its retransmission.
    const BACKLOG: i32 = 4096;

    /// Descriptors beside the clients': database, files, pipes.
    const SPARE: u64 = 256;

    /// A connected client: its descriptor, and the kernel's number of the socket, which is never reused.
    struct Client {
        fd: BorrowedFd<'static>,
        cookie: u64,
        /// Since anything was sent or received.
        quiet: u32,
        /// Since something was sent.
        unanswered: u32,
    }

    pub fn watch(port: u16, limits: Limits, mut shutdown: Shutdown) {
        raise_descriptor_limit(limits.clients as u64 + SPARE);
        for fd in sockets() {
            let socket = SockRef::from(&fd);
            if is_on(port, &socket)
                && socket.is_listener().unwrap_or(false)
                && let Err(error) = socket.listen(BACKLOG)
            {
                log::warn!("the backlog stays at Rocket's: {error}");
            }
        }
        spawn(async move {
            loop {
                select! {
                    () = &mut shutdown => break,
                    () = sleep(EVERY) => {}
                }
                let limits = limits.clone();
                if let Err(error) = spawn_blocking(move || sweep(port, &limits)).await {
                    log::error!("slow clients could not be looked for: {error}");
                }
            }
        });
    }

    pub fn connected(port: u16) -> usize {
        sockets().into_iter().filter_map(|fd| client(port, fd)).count()
    }

    /// Closes the connections of slow clients, and beyond the cap the longest quiet ones.
    fn sweep(port: u16, limits: &Limits) {
        let mut clients: Vec<Client> = sockets().into_iter().filter_map(|fd| client(port, fd)).collect();
        clients.sort_unstable_by_key(|client| client.quiet);
        let patience = limits.idle_seconds.saturating_mul(1000);
        let is_slow = |client: &Client| client.quiet >= patience || client.unanswered >= patience.saturating_mul(2);
        let unwelcome =
            clients.iter().enumerate().filter(|(place, client)| *place >= limits.clients || is_slow(client));
        for (_, client) in unwelcome {
            let socket = SockRef::from(&client.fd);
            // The server may have closed it meanwhile and its number may be another's.
            if socket.cookie().is_ok_and(|cookie| cookie == client.cookie) {
                // An error means that the client has left by itself.
                let _ = socket.shutdown(Close::Both);
            }
        }
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
        if !is_on(port, &socket) || socket.peer_addr().is_err() {
            return None;
        }
        let info = tcp_info(&socket)?;
        let unanswered = info.tcpi_last_data_sent;
        Some(Client { fd, cookie, quiet: unanswered.min(info.tcpi_last_data_recv), unanswered })
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
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the pointer is to a live rlimit.
        if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 || limit.rlim_cur >= wanted {
            return;
        }
        limit.rlim_cur = wanted.min(limit.rlim_max);
        // SAFETY: as above, and the soft limit is not above the hard one.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 || limit.rlim_cur < wanted {
            log::warn!(
                "only {} files may be open at once, fewer than the {wanted} that the cap on clients needs",
                limit.rlim_cur
            );
        }
    }
}
