//! The database as one of two engines, each with its pool of connections.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use deadpool::managed::BuildError;
use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use rocket::{
    figment::Figment,
    tokio::{
        runtime::Handle,
        select,
        task::spawn_blocking,
        time::{Instant, timeout},
    },
};
use rocket_db_pools::{Config, Database, Pool};

use super::{
    Address,
    connection::{Connection, Inner},
    disk_space,
    liveness::Liveness,
    pool::{self, ConnectionPool, Unavailable},
    postgres, probe,
    sqlite::{self, AsyncSqliteConnection},
};

/// How long the database may take for one request: the wait for a connection and all queries.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(4500);

/// The database of the running server, as Rocket state.
#[derive(Database)]
#[database("urna")]
pub struct Db(Engine);

/// A pool of connections to one of the two engines; a clone is the same pool.
#[derive(Clone)]
pub struct Engine {
    pool: EnginePool,
    /// How long [`Engine::connection`] waits for a connection.
    wait: Duration,
    /// How long that wait and all queries of the connection may take together.
    query_timeout: Option<Duration>,
}

#[derive(Clone)]
enum EnginePool {
    /// SQLite, bundled, and the path of its file.
    Sqlite(ConnectionPool<AsyncSqliteConnection>, PathBuf),
    /// PostgreSQL, without libpq, and whether its server answers.
    Postgres(ConnectionPool<AsyncPgConnection>, Arc<Liveness>),
}

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address belongs to neither engine.
    #[error(transparent)]
    Address(#[from] super::address::BadAddress),
    /// The settings of `databases.urna` can't be read.
    #[error("the settings of the database: {0}")]
    Settings(#[from] Box<rocket::figment::Error>),
    /// The folder of the SQLite file can't be created or written.
    #[error("the data folder {0}: {1}; make it writable or name another in DATABASE_URL")]
    Folder(String, std::io::Error),
    /// The pool gave no connection.
    #[error("no connection to the database: {0}")]
    Pool(#[from] Unavailable),
    /// All connections stayed in use, or none could be opened in time.
    #[error("no connection to the database in time: all are in use, or it does not answer")]
    Timeout,
    /// The server did not answer a probe.
    #[error("the database server does not answer; check that it runs and can be reached")]
    Down,
    /// The pool could not be built.
    #[error("the pool of connections: {0}")]
    Build(#[from] BuildError),
}

impl Engine {
    /// Opens a pool of at most `size` connections; each request for one is answered within `wait`. Queries may take any
    /// time.
    ///
    /// # Errors
    /// [`OpenError`]. That a server can't be reached shows only at the first [`Engine::connection`].
    pub fn open(address: &Address, size: usize, wait: Duration) -> Result<Self, OpenError> {
        let pool = match address {
            Address::Sqlite(path) => open_sqlite(path, size, wait)?,
            Address::Postgres(url) => open_postgres(url, size, wait)?,
        };
        Ok(Self { pool, wait, query_timeout: None })
    }

    /// The same pool, for a caller whose queries fail when they take longer than `timeout`.
    #[must_use]
    pub fn with_query_timeout(&self, timeout: Duration) -> Self {
        Self { query_timeout: Some(timeout), ..self.clone() }
    }

    /// The same pool, for background work whose queries may take any time.
    #[must_use]
    pub fn without_query_timeout(&self) -> Self {
        Self { query_timeout: None, ..self.clone() }
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.pool, EnginePool::Postgres(..))
    }

    /// Checks that the disk has space for votes. Only SQLite's disk can be checked from here.
    ///
    /// # Errors
    /// Why it has none.
    pub async fn check_disk_space(&self) -> io::Result<()> {
        match self.pool.clone() {
            EnginePool::Sqlite(_, path) => spawn_blocking(move || disk_space::check(&path)).await?,
            EnginePool::Postgres(..) => Ok(()),
        }
    }

    /// A connection. To a SQLite file that can't be written, because its disk is full or read-only, it is a read-only
    /// one.
    ///
    /// # Errors
    /// [`OpenError`] when the database can't be reached or all connections stay in use.
    pub async fn connection(&self) -> Result<Connection, OpenError> {
        let started = Instant::now();
        let inner = timeout(self.wait, self.get_inner()).await.map_err(|_| OpenError::Timeout)??;
        Ok(Connection::new(inner, self.query_timeout, started))
    }

    async fn get_inner(&self) -> Result<Inner, OpenError> {
        Ok(match &self.pool {
            EnginePool::Sqlite(pool, path) => match pool.get().await {
                Ok(conn) => Inner::Sqlite(conn),
                Err(error) => match sqlite::open_unwritable(path.clone()).await {
                    Some(conn) => Inner::ReadOnlySqlite(Box::new(sqlite::wrap(conn))),
                    None => return Err(error.into()),
                },
            },
            EnginePool::Postgres(pool, liveness) => select! {
                biased;
                () = liveness.wait_until_down() => return Err(OpenError::Down),
                conn = pool.get() => Inner::Postgres(conn?),
            },
        })
    }
}

fn open_sqlite(path: &Path, size: usize, wait: Duration) -> Result<EnginePool, OpenError> {
    create_folder_of(path)?;
    let pool = pool::build(path.to_string_lossy().as_ref(), size, wait, move |path| {
        let path = path.to_owned();
        Box::pin(async move {
            let opened = spawn_blocking(move || sqlite::open(&path, wait)).await;
            opened.map_err(|e| ConnectionError::BadConnection(e.to_string()))?.map(sqlite::wrap)
        })
    })?;
    Ok(EnginePool::Sqlite(pool, path.to_owned()))
}

/// Opens the pool, and starts the probe of the server where there is a runtime.
fn open_postgres(url: &str, size: usize, wait: Duration) -> Result<EnginePool, OpenError> {
    let liveness = Liveness::new();
    let of_connections = liveness.clone();
    let pool = pool::build(url, size, wait, move |url| {
        let (url, liveness) = (url.to_owned(), of_connections.clone());
        Box::pin(async move { postgres::connect(&url, &liveness, wait).await })
    })?;
    let weak = pool.weak();
    let is_used = move || {
        let status = weak.upgrade().map(|pool| pool.status());
        status.is_some_and(|status| status.waiting > 0 || status.available < status.size)
    };
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(probe::run(Arc::downgrade(&liveness), url.to_owned(), is_used));
    }
    Ok(EnginePool::Postgres(pool, liveness))
}

#[rocket::async_trait]
impl Pool for Engine {
    type Connection = Connection;
    type Error = OpenError;

    async fn init(figment: &Figment) -> Result<Self, OpenError> {
        let config: Config = figment.extract().map_err(Box::new)?;
        let wait = Duration::from_secs(config.connect_timeout);
        Ok(Self::open(&config.url.parse()?, config.max_connections, wait)?.with_query_timeout(REQUEST_TIMEOUT))
    }

    async fn get(&self) -> Result<Connection, OpenError> {
        self.connection().await
    }

    /// Does nothing. Rocket calls this when the grace period of a shutdown starts, but votes in progress still need the
    /// pool; it closes when it is dropped.
    async fn close(&self) {}
}

/// Creates the folder of a file, where it is missing, so that only its owner can read it.
fn create_folder_of(file: &Path) -> Result<(), OpenError> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(|e| OpenError::Folder(folder.display().to_string(), e))
}
