// PostgreSQL for tests: databases on the server of scripts/with_postgres, and clusters of one's own that may
// be killed.
#pragma once

#include <string>

namespace parley::storage {

// A database of its own, dropped at the end. Throws, naming scripts/with_postgres, without a server.
class ScratchPostgres {
 public:
  ScratchPostgres();
  ~ScratchPostgres();
  ScratchPostgres(const ScratchPostgres&) = delete;
  ScratchPostgres& operator=(const ScratchPostgres&) = delete;
  const std::string& url() const { return url_; }

 private:
  std::string name_;
  std::string url_;
};

// A server of its own from Debian's programs.
class OwnPostgres {
 public:
  OwnPostgres();  // started; throws when that fails
  ~OwnPostgres();
  OwnPostgres(const OwnPostgres&) = delete;
  OwnPostgres& operator=(const OwnPostgres&) = delete;
  void start();
  void kill();            // -9, all of it
  void stop_answering();  // SIGSTOP: sockets stay open
  std::string url() const;

 private:
  std::string place_;
  int port_ = 0;
};

}  // namespace parley::storage
