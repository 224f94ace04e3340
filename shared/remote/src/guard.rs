//! Which addresses a call may reach whose URL somebody set who does not run this program: none of
//! the machine's own, of the network it stands in, and of those that belong to nobody.
//!
//! A name says nothing about where it leads, and it may lead elsewhere a moment later. So
//! [`check`] looks at what a URL says itself, and [`Resolver`] sits in the HTTP client, where it
//! gives the connector only addresses that may be reached: what is checked is what is connected to.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What calls may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Public addresses, over https.
    PublicOnly,
    /// Everything, for local mode and tests.
    Anywhere,
}

/// An address that may not be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// What it is and what may be reached.
    why: String,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for Forbidden {}

impl Forbidden {
    fn new(host: impl fmt::Display, what: &str) -> Self {
        Self {
            why: format!("{host} {what}; only public addresses may be reached, over https"),
        }
    }

    /// The one that an HTTP client's error came of, if that is why it has none.
    pub fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(forbidden) = error.downcast_ref() {
                return Some(forbidden);
            }
            next = error.source();
        }
        None
    }
}

/// Whether a URL may be called as far as it says so itself: its scheme, and its host if that is an
/// address however it is written. What a name leads to is the [`Resolver`]'s.
///
/// # Errors
/// Why not.
pub fn check(url: &Url, network: Network) -> Result<(), Forbidden> {
    if network == Network::Anywhere {
        return Ok(());
    }
    let address = match url.host() {
        None => return Err(Forbidden::new("the URL", "names no host")),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(name)) => {
            let plain = name.trim_end_matches('.').to_ascii_lowercase();
            if plain.is_empty() || plain == "localhost" || plain.ends_with(".localhost") {
                return Err(Forbidden::new(name, "is this machine"));
            }
            return https(url, name);
        }
    };
    if is_public(address) {
        https(url, address)
    } else {
        Err(Forbidden::new(address, "is not public"))
    }
}

fn https(url: &Url, host: impl fmt::Display) -> Result<(), Forbidden> {
    if url.scheme() == "https" {
        Ok(())
    } else {
        Err(Forbidden::new(host, "would be reached without TLS"))
    }
}

/// Whether an address is a public one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Networks that are not public, by their first address and how many bits it is known by. The
/// registries are <https://www.iana.org/assignments/iana-ipv4-special-registry> and multicast and
/// class E beside it.
const CLOSED_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same for version 6: <https://www.iana.org/assignments/iana-ipv6-special-registry>.
const CLOSED_V6: [([u16; 8], u32); 12] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let closed = |(first, bits): &([u8; 4], u32)| {
        ip.to_bits() >> (32 - bits) == u32::from_be_bytes(*first) >> (32 - bits)
    };
    !CLOSED_V4.iter().any(closed)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded(ip) {
        return is_public_v4(embedded);
    }
    let closed = |(first, bits): &([u16; 8], u32)| {
        ip.to_bits() >> (128 - bits) == Ipv6Addr::from(*first).to_bits() >> (128 - bits)
    };
    !CLOSED_V6.iter().any(closed)
}

/// The address of version 4 that packets to this one end up at: IPv4-mapped, NAT64 (64:ff9b::/96)
/// and 6to4 (2002::/16).
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync {
    /// All there are.
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The machine's own way.
struct System;

impl Lookup for System {
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Gives an HTTP client the addresses of a name that may be reached.
#[derive(Clone)]
pub struct Resolver {
    network: Network,
    lookup: Arc<dyn Lookup>,
}

impl Resolver {
    /// One that asks the system.
    pub fn new(network: Network) -> Self {
        Self::with(network, Arc::new(System))
    }

    /// One that asks elsewhere.
    pub fn with(network: Network, lookup: Arc<dyn Lookup>) -> Self {
        Self { network, lookup }
    }

    /// What it lets through.
    pub fn network(&self) -> Network {
        self.network
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.network;
        let host = name.as_str().to_owned();
        let found = self.lookup.addresses(&host);
        Box::pin(async move {
            let mut found = found.await?;
            if network == Network::PublicOnly {
                let any = !found.is_empty();
                found.retain(|address| is_public(*address));
                if any && found.is_empty() {
                    return Err(Forbidden::new(host, "leads to no public address").into());
                }
            }
            // The client puts the URL's port in the place of 0.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
