// On SIGHUP the server's certificate is read anew, so that a renewed one needs no restart.
//
// Thread: the control context's; files are read on the pool. Lifetime: server and pool outlive it.
#pragma once

#include <csignal>

#include <boost/asio/signal_set.hpp>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/log.hpp"
#include "net/http_server.hpp"

namespace parley::app {

class CertificateReload {
 public:
  CertificateReload(async::asio::io_context& control, net::HttpServer& server, async::BlockingPool& pool)
      : server_(server), pool_(pool), signals_(control, SIGHUP) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      static const log::Logger logger("app");
      const auto taken = pool_.submit([&server = server_](const async::BlockingPool::JobContext&) {
        if (auto read = server.reload_certificate(); !read) {
          logger.error("the certificate stays as it is: {}", read.error().message);
        } else {
          logger.info("the certificate was read anew");
        }
      });
      if (!taken) logger.error("the certificate stays as it is: {}", taken.error().message);
      wait();
    });
  }

  net::HttpServer& server_;
  async::BlockingPool& pool_;
  async::asio::signal_set signals_;
};

}  // namespace parley::app
