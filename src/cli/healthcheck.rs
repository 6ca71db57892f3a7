//! `urna healthcheck`: asks the server on this machine for `/readyz`.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, TcpStream},
    time::Duration,
};

use crate::{config::Config, start::StartError};

const PATIENCE: Duration = Duration::from_secs(3);

/// `urna healthcheck`.
pub fn run(config: &Config) -> Result<(), StartError> {
    let unwell = |why: String| StartError::Usage(format!("not ready: {why}"));
    let port: u16 = config.figment.extract_inner("port").unwrap_or(8000);
    let address: IpAddr = config.figment.extract_inner("address").unwrap_or(Ipv4Addr::LOCALHOST.into());
    let address = if address.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address };
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&(address, port).into(), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|e| unwell(format!("{address}:{port} does not answer ({e})")))?;
    match answer.lines().next() {
        Some(status) if status.starts_with("HTTP/1.1 200") => {
            println!("ready");
            Ok(())
        }
        status => Err(unwell(answer.lines().last().or(status).unwrap_or("no answer").to_owned())),
    }
}
