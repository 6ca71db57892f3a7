//! The pool of connections: one of two engines.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use deadpool::{Runtime, managed};
use diesel::ConnectionError;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection, RecyclingMethod},
};
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
    connection::{Connection, Link},
    postgres, room,
    sqlite::{self, AsyncSqliteConnection},
    watch::{self, Watch},
};

/// What makes the connections of a pool.
pub(super) type Manager<C> = AsyncDieselConnectionManager<C>;

/// How long a page may wait for the database in all.
const ANSWER: Duration = Duration::from_millis(4500);

/// The database of the running server, as Rocket state.
#[derive(Database)]
#[database("urna")]
pub struct Db(Engine);

/// A pool of connections to one of the two engines; a clone is the same pool.
#[derive(Clone)]
pub struct Engine {
    pool: Connections,
    /// How long a connection is waited for.
    wait: Duration,
    /// How long who asks for a connection may wait for all of its queries, the connection included.
    limit: Option<Duration>,
}

#[derive(Clone)]
enum Connections {
    /// SQLite, bundled, and the path of its file.
    Sqlite(managed::Pool<Manager<AsyncSqliteConnection>>, PathBuf),
    /// PostgreSQL, without libpq, and the watch over its server.
    Postgres(managed::Pool<Manager<AsyncPgConnection>>, Arc<Watch>),
}

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of neither engine.
    #[error(transparent)]
    Address(#[from] super::address::BadAddress),
    /// The settings of `databases.urna` can't be read.
    #[error("the settings of the database: {0}")]
    Settings(#[from] Box<rocket::figment::Error>),
    /// The folder of the SQLite file can't be made or written.
    #[error("the data folder {0}: {1}; make it writable or name another in DATABASE_URL")]
    Folder(String, std::io::Error),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Pool(#[from] managed::PoolError<PoolError>),
    /// All connections stay in use, or none could be made in time.
    #[error("no connection to the database in time: all are in use, or it does not answer")]
    Late,
    /// The server did not answer a probe.
    #[error("the database server does not answer; check that it runs and can be reached")]
    Down,
    /// The pool could not be built.
    #[error("the pool of connections: {0}")]
    Build(#[from] managed::BuildError),
}

impl Engine {
    /// Opens a pool of at most `size` connections, each had or refused within `wait`. Their queries may take any time.
    ///
    /// # Errors
    /// [`OpenError`]; an unreachable server shows at the first [`Engine::connection`] only.
    pub fn open(address: &Address, size: usize, wait: Duration) -> Result<Self, OpenError> {
        let pool = match address {
            Address::Sqlite(path) => {
                make_folder(path)?;
                let pool = pool(path.to_string_lossy().as_ref(), size, wait, move |path| {
                    let path = path.to_owned();
                    Box::pin(async move {
                        let opened = spawn_blocking(move || sqlite::open(&path, wait)).await;
                        opened.map_err(|e| ConnectionError::BadConnection(e.to_string()))?.map(sqlite::wrap)
                    })
                })?;
                Connections::Sqlite(pool, path.clone())
            }
            Address::Postgres(url) => {
                let watch = Watch::new();
                let watched = watch.clone();
                let pool = pool(url, size, wait, move |url| {
                    let (url, watch) = (url.to_owned(), watched.clone());
                    Box::pin(async move { postgres::connect(&url, &watch, wait).await })
                })?;
                let weak = pool.weak();
                let is_used = move || {
                    let status = weak.upgrade().map(|pool| pool.status());
                    status.is_some_and(|status| status.waiting > 0 || status.available < status.size)
                };
                if let Ok(runtime) = Handle::try_current() {
                    runtime.spawn(watch::run(Arc::downgrade(&watch), url.clone(), is_used));
                }
                Connections::Postgres(pool, watch)
            }
        };
        Ok(Self { pool, wait, limit: None })
    }

    /// The same pool for those who want an answer within `limit`: a query that takes longer fails.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self.clone() }
    }

    /// The same pool for work in the background, whose queries may take any time.
    #[must_use]
    pub fn unlimited(&self) -> Self {
        Self { limit: None, ..self.clone() }
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.pool, Connections::Postgres(..))
    }

    /// That the disk has room for votes, where that can be seen from here: on SQLite.
    ///
    /// # Errors
    /// Why it has none.
    pub async fn check_room(&self) -> io::Result<()> {
        match self.pool.clone() {
            Connections::Sqlite(_, path) => spawn_blocking(move || room::check(&path)).await?,
            Connections::Postgres(..) => Ok(()),
        }
    }

    /// A connection, within the pool's time limit. Of a SQLite file that can't be written, because its disk is full or
    /// read-only, it is one that reads only.
    ///
    /// # Errors
    /// [`OpenError`] when the database can't be reached or all connections stay in use.
    pub async fn connection(&self) -> Result<Connection, OpenError> {
        let asked_at = Instant::now();
        let link = timeout(self.wait, self.link()).await.map_err(|_| OpenError::Late)??;
        Ok(Connection::new(link, self.limit, asked_at))
    }

    async fn link(&self) -> Result<Link, OpenError> {
        Ok(match &self.pool {
            Connections::Sqlite(pool, path) => match pool.get().await {
                Ok(conn) => Link::Sqlite(conn),
                Err(error) => match sqlite::open_unwritable(path.clone()).await {
                    Some(conn) => Link::Unwritable(Box::new(sqlite::wrap(conn))),
                    None => return Err(error.into()),
                },
            },
            Connections::Postgres(pool, watch) => select! {
                biased;
                () = watch.down() => return Err(OpenError::Down),
                conn = pool.get() => Link::Postgres(conn?),
            },
        })
    }
}

#[rocket::async_trait]
impl Pool for Engine {
    type Connection = Connection;
    type Error = OpenError;

    async fn init(figment: &Figment) -> Result<Self, OpenError> {
        let config: Config = figment.extract().map_err(Box::new)?;
        let wait = Duration::from_secs(config.connect_timeout);
        Ok(Self::open(&config.url.parse()?, config.max_connections, wait)?.within(ANSWER))
    }

    async fn get(&self) -> Result<Connection, OpenError> {
        self.connection().await
    }

    /// Nothing: Rocket calls this when a shutdown's grace starts, and votes in flight still need the
    /// pool. It closes when it is dropped, after the last of them.
    async fn close(&self) {}
}

fn pool<C>(
    address: &str,
    size: usize,
    wait: Duration,
    connect: impl Fn(&str) -> rocket::futures::future::BoxFuture<'static, Result<C, ConnectionError>>
    + Send
    + Sync
    + 'static,
) -> Result<managed::Pool<Manager<C>>, managed::BuildError>
where
    C: PoolableConnection + 'static,
    Manager<C>: managed::Manager,
{
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |address| connect(address));
    managed::Pool::builder(Manager::new_with_config(address, config))
        .max_size(size)
        .wait_timeout(Some(wait))
        .create_timeout(Some(wait))
        .runtime(Runtime::Tokio1)
        .build()
}

fn make_folder(file: &Path) -> Result<(), OpenError> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => make_private(folder).map_err(|e| OpenError::Folder(folder.display().to_string(), e)),
        None => Ok(()),
    }
}

/// A folder that is made is its owner's alone; one that is there stays as it is.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
