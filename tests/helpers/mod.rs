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
/// takes a [`database::TestDatabase`] of its own.
macro_rules! on_both {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            $(#[$attribute])*
            fn sqlite() {
                $crate::helpers::database::TestDatabase::sqlite().run(super::$name);
            }

            #[test]
            $(#[$attribute])*
            fn postgres() {
                if let Some(database) = $crate::helpers::database::TestDatabase::postgres() {
                    database.run(super::$name);
                }
            }
        }
    )+};
}
pub(crate) use on_both;
