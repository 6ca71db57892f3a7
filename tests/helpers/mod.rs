//! What tests speak in: an engine, a database of one's own, the app in this process, the server as a process.

pub mod app;
pub mod browser;
pub mod database;
pub mod elections;
pub mod fields;
pub mod postgres;
pub mod server;
pub mod skips;
pub mod votes;

/// Makes two tests of one body, `name::sqlite` and `name::postgres`; the body is an `async fn` that
/// takes a [`database::TestDatabase`] of its own. That is migrated; after `empty:` it is not, which is for tests of
/// the migrations and of what stands before them.
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
