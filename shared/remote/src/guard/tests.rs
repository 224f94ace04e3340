use std::{
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

#[test]
fn a5_every_closed_network_is_closed_from_end_to_end() {
    // The first and the last of each, as the list in the design has them.
    for (first, last) in [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "239.255.255.255"),
        ("240.0.0.0", "255.255.255.255"),
        ("::", "::1"),
        ("::ffff:10.0.0.0", "::ffff:10.255.255.255"),
        ("64:ff9b::127.0.0.1", "64:ff9b::192.168.0.1"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("100::", "100::ffff:ffff:ffff:ffff"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002:7f00:1::", "2002:a9fe:a9fe::1"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] {
        for address in [first, last] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}

#[test]
fn a5_their_neighbours_are_open() {
    for address in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.114.0",
        "223.255.255.255",
        "::2",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "100:0:0:1::",
        "2001:1::",
        "2001:db7:ffff::",
        "2001:db9::",
        "2002:808:808::1",
        "2606:4700:4700::1111",
        "fbff::",
        "fe00::",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn a5_an_address_in_a_url_is_seen_however_it_is_written() {
    let at = |host: &str, scheme: &str| {
        let url = Url::parse(&format!("{scheme}://{host}/x")).unwrap();
        check(&url, Network::PublicOnly).is_ok()
    };
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "0",
        "0.0.0.0",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "[fd00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "api.localhost",
        "user@127.0.0.1",
        "127.0.0.1:8443",
    ] {
        assert!(!at(host, "https"), "{host}");
    }
    for host in [
        "example.com",
        "8.8.8.8",
        "[2606:4700:4700::1111]",
        "localhost.example.com",
    ] {
        assert!(at(host, "https"), "{host}");
        assert!(!at(host, "http"), "{host} without TLS");
    }
    let url = Url::parse("http://127.0.0.1:9/").unwrap();
    assert_eq!(check(&url, Network::Anywhere), Ok(()));
}

#[test]
fn a5_what_is_forbidden_is_named() {
    let url = Url::parse("https://0x7f.1/x?key=hunter2").unwrap();
    assert_eq!(
        check(&url, Network::PublicOnly).unwrap_err().to_string(),
        "127.0.0.1 is not public; only public addresses may be reached, over https"
    );
}

/// Gives one answer after the other, the last for good.
struct Answers {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
    names: Mutex<Vec<String>>,
}

impl Answers {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let ip = |text: &&str| IpAddr::from_str(text).unwrap();
        Arc::new(Self {
            answers: answers
                .iter()
                .map(|one| one.iter().map(ip).collect())
                .collect(),
            asked: AtomicUsize::new(0),
            names: Mutex::default(),
        })
    }
}

impl Lookup for Answers {
    fn addresses(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.names.lock().unwrap().push(name.to_owned());
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[asked.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

async fn resolved(resolver: &Resolver) -> Result<Vec<String>, String> {
    match resolver.resolve("shop.example".parse().unwrap()).await {
        Ok(found) => Ok(found.map(|address| address.ip().to_string()).collect()),
        Err(why) => {
            assert!(Forbidden::behind(why.as_ref()).is_some(), "{why}");
            Err(why.to_string())
        }
    }
}

#[tokio::test]
async fn a5_a_name_that_leads_elsewhere_the_second_time_is_seen_then() {
    let lookup = Answers::new(&[&["8.8.8.8"], &["169.254.169.254"]]);
    let resolver = Resolver::with(Network::PublicOnly, lookup.clone());
    assert_eq!(resolved(&resolver).await.unwrap(), ["8.8.8.8"]);
    assert_eq!(
        resolved(&resolver).await.unwrap_err(),
        "shop.example leads to no public address; only public addresses may be reached, over https"
    );
    assert_eq!(
        *lookup.names.lock().unwrap(),
        ["shop.example", "shop.example"]
    );
}

#[tokio::test]
async fn a5_of_a_names_addresses_only_public_ones_are_reached() {
    let mixed: &[&str] = &[
        "10.0.0.1",
        "8.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "2606:4700::1",
    ];
    let resolver = Resolver::with(Network::PublicOnly, Answers::new(&[mixed]));
    assert_eq!(
        resolved(&resolver).await.unwrap(),
        ["8.8.8.8", "2606:4700::1"]
    );
    let resolver = Resolver::with(Network::Anywhere, Answers::new(&[mixed]));
    assert_eq!(resolved(&resolver).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a5_the_connector_gets_no_address_that_is_not_public() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let get = async |network| {
        let lookup = Answers::new(&[&["127.0.0.1"]]);
        let client = crate::client::builder(Resolver::with(network, lookup))
            .build()
            .unwrap();
        client
            .get(format!("https://shop.example:{port}/"))
            .send()
            .await
            .unwrap_err()
    };
    let error = get(Network::PublicOnly).await;
    assert!(Forbidden::behind(&error).is_some(), "{error:?}");
    assert!(error.is_connect());
    // Where everything may be reached it does come, and then finds no TLS.
    let (accepted, error) = tokio::join!(
        async {
            let (stream, _) = listener.accept().await.unwrap();
            drop(stream);
        },
        get(Network::Anywhere),
    );
    let () = accepted;
    assert!(
        Forbidden::behind(&error).is_none() && error.is_connect(),
        "{error:?}"
    );
}
