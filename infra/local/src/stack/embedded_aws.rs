//! The embedded AWS alone: DynamoDB, SQS and S3, each a server on a port of its own.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context;
use countersign_aws::LocalAws;
use tokio::net::TcpListener;

use super::{AbortOnDrop, Data, Options, Ports};
use crate::{
    embedded::{Server, dynamo, s3},
    sqs::Sqs,
};

/// The access key of the local services.
const ACCESS_KEY: &str = "local";
/// The secret key of the local services, which guards nothing but this machine's own demo data.
const SECRET_KEY: &str = "local-secret";
/// The region the local services say they are in.
const REGION: &str = "us-east-1";

/// The embedded services. They end when this is dropped.
pub struct EmbeddedAws {
    /// Where they are, and what they are called with.
    pub at: LocalAws,
    /// The embedded queues, to look into.
    pub sqs: Sqs,
    pub(super) dynamodb: SocketAddr,
    pub(super) queues: SocketAddr,
    pub(super) objects: SocketAddr,
    pub(super) data: Folder,
    _servers: Vec<Server>,
    _serving: AbortOnDrop,
}

/// Where data is.
pub(super) enum Folder {
    /// Over restarts.
    Kept(PathBuf),
    /// Until this is dropped.
    Gone(tempfile::TempDir),
}

impl EmbeddedAws {
    /// Starts the services on the three ports after the first, with nothing in them but what was
    /// kept.
    ///
    /// # Errors
    /// In one sentence: a taken port, a folder that can't be written.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        let data = match &options.data {
            Data::Kept(folder) => Folder::Kept(folder.clone()),
            Data::Gone => Folder::Gone(tempfile::tempdir().context("no temporary folder")?),
        };
        let files = data.folder().join("s3");
        std::fs::create_dir_all(&files).with_context(|| {
            format!(
                "the folder {} can't be written; choose another with --data-dir",
                data.folder().display()
            )
        })?;
        let mut servers = Vec::new();
        let dynamodb = match options.others.dynamodb {
            Some(other) => other,
            None => {
                let store = data
                    .file("dynamodb.sqlite")
                    .map_or(dynamo::Store::Memory, dynamo::Store::File);
                let server = dynamo::start(listen(options.ports, 1).await?, store)?;
                let address = server.address();
                servers.push(server);
                address
            }
        };
        let listener = listen(options.ports, 2).await?;
        let queues = match options.others.sqs {
            Some(other) => other,
            None => listener.local_addr()?,
        };
        let keys = s3::Keys {
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let objects = s3::start(listen(options.ports, 3).await?, &files, &keys)?;
        let region = options.others.region.clone();
        let at = LocalAws {
            region: region.unwrap_or_else(|| REGION.to_owned()),
            ..local(
                format!("http://{dynamodb}"),
                format!("http://{queues}"),
                objects.endpoint(),
            )
        };
        let objects_at = objects.address();
        servers.push(objects);
        let sqs = Sqs::open(data.file("sqs.sqlite").as_deref(), options.clock.clone())?;
        let served = sqs.clone();
        let serving = AbortOnDrop(tokio::spawn(served.serve(listener)));
        Ok(Self {
            at,
            sqs,
            dynamodb,
            queues,
            objects: objects_at,
            data,
            _servers: servers,
            _serving: serving,
        })
    }

    /// Where the services are, or would be, on the three ports after `first`.
    ///
    /// # Errors
    /// When there are no three ports after it.
    pub fn on_ports_after(first: u16) -> anyhow::Result<LocalAws> {
        let url =
            |offset| Ok::<_, anyhow::Error>(format!("http://127.0.0.1:{}", port(first, offset)?));
        Ok(local(url(1)?, url(2)?, url(3)?))
    }
}

fn local(dynamodb: String, sqs: String, s3: String) -> LocalAws {
    LocalAws {
        dynamodb,
        sqs,
        s3,
        region: REGION.to_owned(),
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
    }
}

impl Folder {
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Kept(folder) => folder,
            Self::Gone(folder) => folder.path(),
        }
    }

    /// A file that is kept, if any is.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Kept(folder) => Some(folder.join(name)),
            Self::Gone(_) => None,
        }
    }
}

pub(super) async fn listen(ports: Ports, offset: u16) -> anyhow::Result<TcpListener> {
    let port = match ports {
        Ports::Any => 0,
        Ports::From(first) => port(first, offset)?,
    };
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|why| match why.kind() {
            io::ErrorKind::AddrInUse => anyhow::anyhow!(
                "port {port} is taken; stop what listens there, or choose others with --port"
            ),
            _ => anyhow::anyhow!("port {port} can't be used ({why}); choose others with --port"),
        })
}

fn port(first: u16, offset: u16) -> anyhow::Result<u16> {
    first.checked_add(offset).with_context(|| {
        format!("--port {first} leaves no room for the three ports after it; choose a lower one")
    })
}
