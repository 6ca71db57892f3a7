//! A pool of connections to one engine.

use std::time::Duration;

use deadpool::{Runtime, managed};
use diesel::ConnectionError;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection, RecyclingMethod,
};
use rocket::futures::future::BoxFuture;

/// A pool of connections of the type `C`.
pub(super) type ConnectionPool<C> = managed::Pool<AsyncDieselConnectionManager<C>>;

/// A connection of the type `C`, borrowed from its pool.
pub(super) type Pooled<C> = managed::Object<AsyncDieselConnectionManager<C>>;

/// Why a pool gave no connection.
pub(super) type Unavailable = managed::PoolError<PoolError>;

/// Builds a pool of at most `size` connections that `connect` opens; each is given within `wait` or not at all.
pub(super) fn build<C>(
    address: &str,
    size: usize,
    wait: Duration,
    connect: impl Fn(&str) -> BoxFuture<'static, Result<C, ConnectionError>> + Send + Sync + 'static,
) -> Result<ConnectionPool<C>, managed::BuildError>
where
    C: PoolableConnection + 'static,
    AsyncDieselConnectionManager<C>: managed::Manager,
{
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |address| connect(address));
    managed::Pool::builder(AsyncDieselConnectionManager::new_with_config(address, config))
        .max_size(size)
        .wait_timeout(Some(wait))
        .create_timeout(Some(wait))
        .runtime(Runtime::Tokio1)
        .build()
}
