//! What tests use: a database of their own on either engine, the app in this process, the server as a process.

pub mod app;
pub mod browser;
pub mod database;
pub mod elections;
pub mod fields;
pub mod nginx;
pub mod postgres;
pub mod server;
pub mod skips;
pub mod stream;
pub mod votes;

/// Defines two tests with one body, `name::sqlite` and `name::postgres`. The body is an `async fn` that takes a
/// [`database::TestDatabase`] of its own: a migrated one, or after `empty:` an empty one, for tests of the migrations and
/// of commands that run before them.
macro_rules! on_both {
    (empty: $($tests:tt)+) => {
        $crate::helpers::on_both!(@on empty_sqlite, empty_postgres; $($tests)+);
    };
    (@on $sqlite:ident, $postgres:ident; $($(#[$attribute:meta])* $name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            $(#[$attribute])*
            fn sqlite() {
                $crate::helpers::database::TestDatabase::$sqlite().run(super::$name);
            }

            #[test]
            $(#[$attribute])*
            fn postgres() {
                if let Some(database) = $crate::helpers::database::TestDatabase::$postgres() {
                    database.run(super::$name);
                }
            }
        }
    )+};
    ($($tests:tt)+) => {
        $crate::helpers::on_both!(@on sqlite, postgres; $($tests)+);
    };
}
pub(crate) use on_both;
