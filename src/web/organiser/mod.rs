//! The pages of organisers: signing in, their account, and their polls.

pub mod accounts;
pub mod closing;
pub mod edit_page;
pub mod editing;
pub mod invitations;
pub mod list;
pub mod methods;
pub mod overview;
pub mod own_poll;
pub mod pictures;
pub mod poll_form;
pub mod polls;
pub mod setup;
pub mod sharing;
pub mod sign_in;
pub mod slips;
