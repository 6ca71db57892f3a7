//! `urna healthcheck`: asks the server on this machine for `/readyz`.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{config::Config, start::StartError};

const TIMEOUT: Duration = Duration::from_secs(3);

/// `urna healthcheck`.
pub fn run(config: &Config) -> Result<(), StartError> {
    let not_ready = |why: String| StartError::Usage(format!("not ready: {why}"));
    let port: u16 = config.figment.extract_inner("port").unwrap_or(8000);
    let address: IpAddr = config.figment.extract_inner("address").unwrap_or(Ipv4Addr::LOCALHOST.into());
    // A server that listens on all addresses also listens on the loopback address of the same version of IP.
    let at = SocketAddr::new(
        match address {
            IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        },
        port,
    );
    let request = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&at, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut response = String::new();
        stream.take(4096).read_to_string(&mut response)?;
        Ok(response)
    };
    let response = request().map_err(|e| not_ready(format!("{at} does not answer ({e})")))?;
    match response.lines().next() {
        Some(status) if status.starts_with("HTTP/1.1 200") => {
            println!("ready");
            Ok(())
        }
        status => Err(not_ready(response.lines().last().or(status).unwrap_or("no answer").to_owned())),
    }
}
