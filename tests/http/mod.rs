//! What holds for every address of the site: headers, static files, errors, hostile and slow clients.

mod every_page;
mod protection;
mod raw_requests;
mod returned_forms;
mod slow_clients;
mod static_files;
