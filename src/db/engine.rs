//! The pool and the connection: an enum of two engines each, and the one macro that a query is written in.

use std::{fs, io, path::Path, sync::Arc, time::Duration};

use deadpool::{Runtime, managed};
use diesel::{ConnectionError, QueryResult, SqliteConnection, dsl::sql, sql_types::Bool};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _, TransactionManager as _,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection, RecyclingMethod},
    sync_connection_wrapper::SyncConnectionWrapper,
};
use rocket::{
    figment::Figment,
    tokio::{runtime::Handle, select},
};
use rocket_db_pools::{Config, Database, Pool};

use super::{
    Address, postgres, sqlite,
    watch::{self, Watch},
};

/// SQLite behind diesel-async: each query is one hop to a blocking thread.
pub type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection>;

type Manager<C> = AsyncDieselConnectionManager<C>;

/// The database of the running server, as Rocket state.
#[derive(Database)]
#[database("urna")]
pub struct Db(Engine);

/// A pool of connections to one of the two engines; a clone is the same pool.
#[derive(Clone)]
pub enum Engine {
    /// SQLite, bundled.
    Sqlite(managed::Pool<Manager<AsyncSqliteConnection>>),
    /// PostgreSQL, without libpq, and the watch over its server.
    Postgres(managed::Pool<Manager<AsyncPgConnection>>, Arc<Watch>),
}

/// A connection out of the pool.
#[expect(clippy::large_enum_variant, reason = "moved once, out of the pool")]
pub enum Connection {
    /// To SQLite.
    Sqlite(managed::Object<Manager<AsyncSqliteConnection>>),
    /// To PostgreSQL.
    Postgres(managed::Object<Manager<AsyncPgConnection>>),
}

/// Writes a query once: the body is expanded, and type-checked, for the connection of each engine.
macro_rules! on {
    ($db:expr, $conn:ident => $body:expr) => {
        match $db {
            $crate::db::Connection::Sqlite($conn) => $body,
            $crate::db::Connection::Postgres($conn) => $body,
        }
    };
}
pub(crate) use on;

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
    /// The server did not answer a probe.
    #[error("the database server does not answer; check that it runs and can be reached")]
    Down,
    /// The pool could not be built.
    #[error("the pool of connections: {0}")]
    Build(#[from] managed::BuildError),
}

impl Engine {
    /// Opens a pool of at most `size` connections, each had or refused within `wait`.
    ///
    /// # Errors
    /// [`OpenError`]; an unreachable server shows at the first [`Engine::connection`] only.
    pub fn open(address: &Address, size: usize, wait: Duration) -> Result<Self, OpenError> {
        match address {
            Address::Sqlite(path) => {
                make_folder(path)?;
                Ok(Self::Sqlite(pool(path.to_string_lossy().as_ref(), size, wait, move |path| {
                    let path = path.to_owned();
                    Box::pin(async move {
                        let opened = rocket::tokio::task::spawn_blocking(move || sqlite::open(&path, wait)).await;
                        opened
                            .map_err(|e| ConnectionError::BadConnection(e.to_string()))?
                            .map(SyncConnectionWrapper::new)
                    })
                })?))
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
                Ok(Self::Postgres(pool, watch))
            }
        }
    }

    /// A connection, within the pool's time limit.
    ///
    /// # Errors
    /// [`OpenError::Pool`] when the database can't be reached or all connections stay in use.
    pub async fn connection(&self) -> Result<Connection, OpenError> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.get().await?),
            Self::Postgres(pool, watch) => select! {
                biased;
                () = watch.down() => return Err(OpenError::Down),
                connection = pool.get() => Connection::Postgres(connection?),
            },
        })
    }
}

impl Connection {
    /// Whether the server lets this connection write: a standby or a read-only one does not.
    ///
    /// # Errors
    /// Those of the query.
    pub async fn takes_writes(&mut self) -> QueryResult<bool> {
        match self {
            Self::Sqlite(_) => Ok(true),
            Self::Postgres(conn) => {
                diesel::select(sql::<Bool>("current_setting('transaction_read_only') = 'off'")).get_result(conn).await
            }
        }
    }

    /// Runs `body` in a transaction in which every query reads the database as of one moment.
    ///
    /// # Errors
    /// As [`Connection::transaction`].
    pub async fn snapshot<R, E>(&mut self, body: impl AsyncFnOnce(&mut Self) -> Result<R, E>) -> Result<R, E>
    where
        E: From<diesel::result::Error>,
    {
        self.transaction(async |db| {
            // SQLite's transactions are snapshots as they are.
            if let Self::Postgres(conn) = db {
                conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
            }
            body(db).await
        })
        .await
    }

    /// Runs `body` in one transaction: committed when it succeeds, rolled back when it fails.
    ///
    /// The future must be awaited to its end: dropped midway it leaves the transaction open.
    ///
    /// # Errors
    /// Those of `body`, and those of beginning and committing.
    pub async fn transaction<R, E>(&mut self, body: impl AsyncFnOnce(&mut Self) -> Result<R, E>) -> Result<R, E>
    where
        E: From<diesel::result::Error>,
    {
        on!(self, conn => begin(conn).await)?;
        match body(self).await {
            Ok(value) => {
                on!(self, conn => commit(conn).await)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(failed) = on!(self, conn => rollback(conn).await) {
                    log::warn!("a transaction could not be rolled back, and its connection goes: {failed}");
                }
                Err(error)
            }
        }
    }
}

#[rocket::async_trait]
impl Pool for Engine {
    type Connection = Connection;
    type Error = OpenError;

    async fn init(figment: &Figment) -> Result<Self, OpenError> {
        let config: Config = figment.extract().map_err(Box::new)?;
        Self::open(&config.url.parse()?, config.max_connections, Duration::from_secs(config.connect_timeout))
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

async fn begin<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(conn).await
}

async fn commit<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(conn).await
}

async fn rollback<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn).await
}
