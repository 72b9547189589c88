#include "storage/tests/postgres_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>
#include <pqxx/pqxx>

#include "base/ids.hpp"

// libpqxx 6.4 forgets the result that tells of a lost connection: it asks that connection for its encoding
// first, which throws. Some two kilobytes for each time the server goes away.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx";
}

namespace parley::storage {
namespace {

std::string server() {
  const char* const url = std::getenv("TEST_POSTGRES_URL");
  if (url == nullptr || *url == '\0') {
    throw std::runtime_error(
        "these tests need a PostgreSQL server in TEST_POSTGRES_URL: run them under scripts/with_postgres");
  }
  return url;
}

void on_server(const std::string& statement) {
  pqxx::connection connection(server());
  pqxx::nontransaction(connection).exec(statement);
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// PostgreSQL refuses to run as root.
std::string as_owner(const std::string& command) {
  return ::geteuid() == 0 ? "cd / && runuser -u postgres -- " + command : "cd / && " + command;
}

std::string programs() {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql"))
    newest = std::max(newest, entry.path().string());
  return newest + "/bin/";
}

int free_port() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(file);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace

ScratchPostgres::ScratchPostgres() : name_("parley_" + make_id()) {
  std::ranges::transform(name_, name_.begin(), [](unsigned char c) { return std::tolower(c); });
  on_server("CREATE DATABASE " + name_);
  const std::string url = server();
  url_ = url.substr(0, url.rfind('/') + 1) + name_;
}

ScratchPostgres::~ScratchPostgres() {
  try {
    on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

OwnPostgres::OwnPostgres() : port_(free_port()) {
  std::string place = "/tmp/parley-pg.XXXXXX";
  if (::mkdtemp(place.data()) == nullptr) throw std::runtime_error("no temporary directory");
  place_ = place;
  if (::geteuid() == 0) shell("chown postgres " + place_);
  shell(
      as_owner(fmt::format("{}initdb -D {}/cluster -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync "
                           ">/dev/null",
                           programs(), place_)));
  start();
}

OwnPostgres::~OwnPostgres() {
  try {
    kill();
    shell("rm -rf " + place_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

void OwnPostgres::start() {
  // What a killed server's children hold is free a moment after their death: pg_ctl is asked again. Commits
  // are written through, since that is what is tested.
  shell(as_owner(
      fmt::format("sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do {0}pg_ctl -D {1}/cluster -l {1}/log -w -t 30 "
                  "start -o \"-p {2} -k {1} -c listen_addresses=127.0.0.1 -c shared_buffers=32MB\" "
                  ">/dev/null 2>&1 && exit 0; sleep 0.2; done; cat {1}/log >&2; exit 1'",
                  programs(), place_, port_)));
}

void OwnPostgres::kill() {
  // The postmaster first: it must not notice that its children die and start again.
  shell(fmt::format(
      "read pid < {0}/cluster/postmaster.pid 2>/dev/null || exit 0; all=$(ps -o pid= --ppid $pid); "
      "kill -9 $pid $all 2>/dev/null; "
      "while kill -0 $pid 2>/dev/null; do sleep 0.02; done; rm -f {0}/cluster/postmaster.pid",
      place_));
}

void OwnPostgres::stop_answering() {
  shell(
      fmt::format("read pid < {}/cluster/postmaster.pid; kill -STOP $pid $(ps -o pid= --ppid $pid)", place_));
}

std::string OwnPostgres::url() const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/postgres", port_);
}

}  // namespace parley::storage
