//! Stands in for Twilio's API: takes one request and does as it is told.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the server does with the request.
pub enum Does {
    /// Writes this and hangs up.
    Answers(String),
    /// Hangs up without a word.
    HangsUp,
    /// Says nothing until the client hangs up.
    Waits,
}

/// An answer with a status, headers each ending in a line break, and a body.
pub fn answer(status: &str, headers: &str, body: &str) -> Does {
    let length = body.len();
    Does::Answers(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}"
    ))
}

/// Where the server listens, and the requests it got: the whole of each, as text.
pub async fn serve(does: Does) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        match does {
            Does::Answers(bytes) => {
                // A client that has read enough hangs up before the end.
                let _ = stream.write_all(bytes.as_bytes()).await;
            }
            Does::HangsUp => {}
            Does::Waits => {
                // Reads the end of the stream, or a reset: either way the client has gone.
                let _ = stream.read(&mut [0; 16]).await;
            }
        }
        request
    });
    (url, served)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = String::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the request broke off: {request}");
        request.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        if let Some((head, body)) = request.split_once("\r\n\r\n")
            && body.len() == content_length(head)
        {
            return request;
        }
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap())
}
