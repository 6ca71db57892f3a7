//! Whether a PostgreSQL server answers. When it hangs (frozen, its disk stalled, cut off), all connections to it are
//! aborted, so that every task that waits on one gets an error at once.

use std::sync::{Arc, Mutex, PoisonError};

use rocket::{
    futures::FutureExt as _,
    tokio::{self, sync::watch, task::AbortHandle},
};

/// Whether a server answers, and the tasks that run the connections to it.
pub struct Liveness {
    tasks: Mutex<Vec<AbortHandle>>,
    is_up: watch::Sender<bool>,
}

impl Liveness {
    /// A server is assumed to answer until a probe fails.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { tasks: Mutex::default(), is_up: watch::Sender::new(true) })
    }

    /// Runs a connection in a task that can be aborted.
    pub fn spawn<E: std::fmt::Display>(&self, connection: impl Future<Output = Result<(), E>> + Send + 'static) {
        let task = tokio::spawn(connection.map(|result| {
            if let Err(error) = result {
                log::warn!("a connection to the database broke: {error}");
            }
        }));
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task.abort_handle());
    }

    /// Whether the last probe was answered.
    pub fn is_up(&self) -> bool {
        *self.is_up.borrow()
    }

    /// Waits until the server does not answer; returns at once where that is known already.
    pub async fn wait_until_down(&self) {
        // Fails only when the sender is dropped, and `self` owns it.
        let _ = self.is_up.subscribe().wait_for(|is_up| !is_up).await;
    }

    /// Records the result of a probe; where the server does not answer, aborts all connections.
    pub fn set(&self, is_up: bool) {
        self.is_up.send_replace(is_up);
        if !is_up {
            for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                task.abort();
            }
        }
    }
}
