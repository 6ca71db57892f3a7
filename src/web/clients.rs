//! Clients: no slow one holds the service, and no crowd of idle ones.
//!
//! Rocket 0.5 has no time limit for headers and no cap on connections, and gives no hook into its
//! accept loop. But the kernel knows of each connection when something was last sent on it. Once a
//! second the process looks through its own sockets and closes those on which nothing has been sent
//! for too long: whoever drips headers, drips a body, reads nothing or says nothing. Linux only.

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

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs, mem,
        net::Shutdown as Close,
        os::{
            fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd},
            unix::ffi::OsStrExt as _,
        },
        time::Duration,
    };

    use rocket::{
        Shutdown,
        tokio::{select, spawn, task::spawn_blocking, time::sleep},
    };
    use socket2::Socket;

    use crate::config::Limits;

    const EVERY: Duration = Duration::from_secs(1);

    /// Rocket listens with a backlog of 128, and a burst above it waits a second for its retransmission.
    const BACKLOG: i32 = 4096;

    /// Descriptors beside the clients': database, files, pipes.
    const SPARE: u64 = 256;

    pub fn watch(port: u16, limits: Limits, mut shutdown: Shutdown) {
        raise_descriptor_limit(limits.clients as u64 + SPARE);
        for socket in sockets(port).filter(|socket| socket.is_listener().unwrap_or(false)) {
            if let Err(error) = socket.listen(BACKLOG) {
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
                let swept = spawn_blocking(move || sweep(port, &limits)).await;
                if let Err(error) = swept {
                    log::error!("slow clients could not be looked for: {error}");
                }
            }
        });
    }

    /// Closes the connections that are idle for too long, and beyond the cap the longest idle ones.
    fn sweep(port: u16, limits: &Limits) {
        let mut clients: Vec<(u32, Socket)> =
            sockets(port).filter_map(|socket| Some((idle_millis(&socket)?, socket))).collect();
        clients.sort_unstable_by_key(|(idle, _)| *idle);
        let patience = limits.idle_seconds.saturating_mul(1000);
        let welcome = clients.iter().take(limits.clients).take_while(|(idle, _)| *idle < patience).count();
        for (_, socket) in clients.drain(welcome..) {
            // An error means that the client has left by itself.
            let _ = socket.shutdown(Close::Both);
        }
    }

    /// This process's own sockets on the server's port, as duplicates: they stay what they are while
    /// looked at, even if the server closes its own meanwhile.
    ///
    /// Never duplicates a file: closing the duplicate would drop every lock that this process holds on
    /// that file (POSIX), and SQLite's next reader would take the database for abandoned.
    fn sockets(port: u16) -> impl Iterator<Item = Socket> {
        let entries = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        entries
            .filter(|entry| {
                fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str().as_bytes().starts_with(b"socket:"))
            })
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(duplicate)
            .filter(move |socket| {
                socket
                    .local_addr()
                    .ok()
                    .and_then(|address| address.as_socket())
                    .is_some_and(|address| address.port() == port)
            })
    }

    fn duplicate(fd: RawFd) -> Option<Socket> {
        // SAFETY: duplicating any number is sound; one that is no open descriptor gives EBADF.
        let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
        if copy < 0 {
            return None;
        }
        // SAFETY: fcntl has just made it, and nothing else knows it.
        let socket = Socket::from(unsafe { OwnedFd::from_raw_fd(copy) });
        if socket.r#type().is_err() {
            // The number became a file's since it was looked at: rather leak it than close it.
            mem::forget(socket);
            return None;
        }
        Some(socket)
    }

    /// Milliseconds since something was last sent on a connected socket, or since it was accepted.
    fn idle_millis(socket: &Socket) -> Option<u32> {
        socket.peer_addr().ok()?;
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
        (done == 0).then_some(info.tcpi_last_data_sent)
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
