//! Operation: commands, configuration, migrations, processes, and failures of the machine.

mod behind_nginx;
mod commands;
mod config;
mod constraints;
mod database_identity;
mod frozen_database;
mod full_disk;
mod killed;
mod layout;
mod logs;
mod migrations;
pub mod poll_command;
mod processes;
mod profiles;
mod secret;
mod shutdown;
