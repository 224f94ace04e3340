//! DynamoDB: the `dynoxide` emulator over SQLite.
//!
//! What it keeps of DynamoDB's promises is written down as the tests of this file, because the
//! rest of the program relies on it. What it does not keep: transactions never conflict with each
//! other (they run one after another), and every read is strongly consistent. Conflicts and late
//! indexes are made by [`crate::faults`].

use std::path::PathBuf;

use anyhow::Context;
use dynoxide::Database;
use tokio::net::TcpListener;

use super::Server;

/// Where the tables live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// In this process, gone with it.
    Memory,
    /// In one SQLite file, made when it is missing; its folder must exist.
    File(PathBuf),
}

/// Serves DynamoDB on `listener` until the returned server is stopped or dropped.
///
/// # Errors
/// When the database file can't be opened or made.
pub fn start(listener: TcpListener, store: Store) -> anyhow::Result<Server> {
    let database = open(&store)?;
    Server::spawn(listener, |listener, stopped| async move {
        let shutdown = async {
            // A sender that was dropped says the same as one that was used.
            let _ = stopped.await;
        };
        if let Err(error) =
            dynoxide::server::serve_with_shutdown(listener, database, shutdown).await
        {
            tracing::error!(error, "the embedded DynamoDB ended");
        }
    })
}

fn open(store: &Store) -> anyhow::Result<Database> {
    match store {
        Store::Memory => {
            Database::memory().context("the embedded DynamoDB could not open a database in memory")
        }
        Store::File(path) => {
            let name = path.to_str().with_context(|| {
                format!(
                    "the database path {} is not UTF-8; choose another folder",
                    path.display()
                )
            })?;
            Database::new(name).with_context(|| {
                format!("could not open the database {name}; is its folder there and writable?")
            })
        }
    }
}

#[cfg(test)]
#[path = "dynamo_tests.rs"]
mod tests;
