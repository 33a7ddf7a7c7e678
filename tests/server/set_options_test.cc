// Tests of the options of SET and GETEX: conditions, deadlines, and what is wrong with them.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("SET NX leaves an existing value, SET XX makes no new one") {
  Play({
      {"SET k v XX", kNil},
      {"GET k", kNil},
      {"SET k v NX", kOk},
      {"SET k w NX", kNil},
      {"SET k w nX NX", kNil},
      {"GET k", Bulk("v")},
      {"SET k w XX", kOk},
      {"GET k", Bulk("w")},
      {"SET k x xx XX", kOk},
      {"GET k", Bulk("x")},
  });
}

TEST_CASE("SET GET answers the old value, whether it sets or not") {
  Play({
      {"SET k a GET", kNil},
      {"SET k b GET", Bulk("a")},
      {"SET k c get GET", Bulk("b")},
      {"SET k d NX GET", Bulk("c")},
      {"GET k", Bulk("c")},
      {"SET n e NX GET", kNil},
      {"GET n", Bulk("e")},
      {"SET k f GET XX", Bulk("c")},
      {"GET k", Bulk("f")},
      {"SET missing g XX GET", kNil},
      {"GET missing", kNil},
      {"SET number 42", kOk},
      {"SET number 43 GET", Bulk("42")},
  });
}

TEST_CASE("SET IFEQ sets only what is equal") {
  Play({
      {"SET k b IFEQ a", kNil},
      {"GET k", kNil},
      {"SET k a", kOk},
      {"SET k b IFEQ A", kNil},
      {"GET k", Bulk("a")},
      {"SET k b ifeq a", kOk},
      {"GET k", Bulk("b")},
      {"SET k 12 IFEQ b EX 10", kOk},
      {"TTL k", Integer(10)},
      {"SET k 13 IFEQ 012", kNil},
      {"SET k 13 IFEQ 12 KEEPTTL", kOk},
      {"TTL k", Integer(10)},
      {"SET k 14 IFEQ 13 GET", Bulk("13")},
      {"SET k 15 GET IFEQ 13", Bulk("14")},
      {"GET k", Bulk("14")},
      {"TTL k", Integer(-1)},
      {"SET missing v IFEQ '' GET", kNil},
      {"GET missing", kNil},
      {"SET k v IFEQ ex EX 10", kNil},
      {"SET k v IFEQ", Error(errors::kSyntax)},
      {"SET k v IFEQ 14 IFEQ 14", Error(errors::kSyntax)},
      {"SET k v IFEQ 14 NX", Error(errors::kSyntax)},
      {"SET k v XX IFEQ 14", Error(errors::kSyntax)},
      {"GET k", Bulk("14")},
  });
}

TEST_CASE("SET without KEEPTTL clears the deadline") {
  Play({
      {"SET k v EX 100", kOk},
      {"SET k v", kOk},
      {"TTL k", Integer(-1)},
      {"SET k v PX 100000", kOk},
      {"SET k w KEEPTTL", kOk},
      {"TTL k", Integer(100)},
      {"SET k w keepttl KEEPTTL XX", kOk},
      {"TTL k", Integer(100)},
      {"SET k w XX", kOk},
      {"TTL k", Integer(-1)},
      {"SET new v KEEPTTL", kOk},
      {"TTL new", Integer(-1)},
  });
}

TEST_CASE("SET KEEPTTL does not keep a deadline that has passed") {
  Play({
      {"SET k v PX 100", kOk},
      Wait(100),
      {"SET k w KEEPTTL", kOk},
      {"GET k", Bulk("w")},
      {"TTL k", Integer(-1)},
  });
}

TEST_CASE("a key is there until the millisecond of its deadline") {
  Play({
      {"SET ex v EX 2", kOk},
      {"SET px v PX 1999", kOk},
      {"SETEX setex 2 v", kOk},
      {"PSETEX psetex 1999 v", kOk},
      {"PTTL ex", Integer(2000)},
      {"PTTL px", Integer(1999)},
      {"PTTL setex", Integer(2000)},
      {"PTTL psetex", Integer(1999)},
      Wait(1998),
      {"MGET ex px setex psetex", Array({Bulk("v"), Bulk("v"), Bulk("v"), Bulk("v")})},
      Wait(1),
      {"MGET ex px setex psetex", Array({Bulk("v"), kNil, Bulk("v"), kNil})},
      Wait(1),
      {"MGET ex px setex psetex", Array({kNil, kNil, kNil, kNil})},
      {"SET ex w NX", kOk},
      {"SET px w XX", kNil},
      {"SETNX setex w", Integer(1)},
  });
}

TEST_CASE("SET EXAT and PXAT take points in time") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    const int64_t second = server.clock().NowMs() / 1000;
    const int64_t rest = second * 1000 + 5000 - server.clock().NowMs();
    CHECK(client.Run("SET k v EXAT " + std::to_string(second + 5)) == kOk);
    CHECK(client.Run("PTTL k") == Integer(rest));
    CHECK(client.Run("SET k v PXAT " + std::to_string(second * 1000 + 5001)) == kOk);
    CHECK(client.Run("PTTL k") == Integer(rest + 1));
    CHECK(client.Run("GETEX k EXAT " + std::to_string(second + 6)) == Bulk("v"));
    CHECK(client.Run("PTTL k") == Integer(rest + 1000));
    CHECK(client.Run("GETEX k PXAT " + std::to_string(second * 1000 + 5002)) == Bulk("v"));
    CHECK(client.Run("PTTL k") == Integer(rest + 2));
    // The last millisecond that there is.
    CHECK(client.Run("SET k v PXAT 9223372036854775807") == kOk);
    CHECK(client.Run("PEXPIRETIME k") == Integer(9223372036854775807));
    CHECK(client.Run("GET k") == Bulk("v"));
    CHECK(client.Run("SET k v EXAT 9223372036854775") == kOk);
    CHECK(client.Run("EXPIRETIME k") == Integer(9223372036854775));
  });
}

TEST_CASE("a SET whose deadline has passed already leaves no key") {
  Play({
      {"SET k v EXAT 1", kOk},
      {"GET k", kNil},
      {"SET k v", kOk},
      {"SET k w PXAT 1", kOk},
      {"GET k", kNil},
      {"SET k v", kOk},
      {"SET k w GET PXAT 1", Bulk("v")},
      {"GET k", kNil},
      {"SET k v NX EXAT 1", kOk},
      {"GET k", kNil},
  });
}

TEST_CASE("GETEX answers the value and changes the deadline") {
  Play({
      {"GETEX k EX 10", kNil},
      {"EXISTS k", Integer(0)},
      {"SET k v", kOk},
      {"GETEX k", Bulk("v")},
      {"TTL k", Integer(-1)},
      {"GETEX k EX 10", Bulk("v")},
      {"TTL k", Integer(10)},
      {"GETEX k", Bulk("v")},
      {"TTL k", Integer(10)},
      {"GETEX k px 20000", Bulk("v")},
      {"TTL k", Integer(20)},
      {"GETEX k EX 30 ex 40", Bulk("v")},
      {"TTL k", Integer(40)},
      {"GETEX k PERSIST persist", Bulk("v")},
      {"TTL k", Integer(-1)},
      {"GETEX k PERSIST", Bulk("v")},
      {"GETEX k EXAT 1", Bulk("v")},
      {"EXISTS k", Integer(0)},
      {"SET k v EX 10", kOk},
      {"GETEX k PXAT 1", Bulk("v")},
      {"EXISTS k", Integer(0)},
  });
}

TEST_CASE("options that are not well formed are a syntax error, whatever the key holds") {
  for (const char* command : {
           "SET k v EX",
           "SET k v PX",
           "SET k v EXAT",
           "SET k v PXAT",
           "SET k v EX 10 PX 10",
           "SET k v PX 10 EX 10",
           "SET k v EX 10 EXAT 10",
           "SET k v PXAT 10 EX 10",
           "SET k v EX 10 KEEPTTL",
           "SET k v KEEPTTL EX 10",
           "SET k v KEEPTTL PXAT 10",
           "SET k v NX XX",
           "SET k v XX NX",
           "SET k v PERSIST",
           "SET k v EX abc PX 10",
           "SET k v nonsense",
           "SET k v 10",
           "SET k v EX 10 20",
           "SET k v ''",
           "SET k v EXX 10",
           "SET k v GETT",
           "GETEX k EX",
           "GETEX k NX",
           "GETEX k KEEPTTL",
           "GETEX k GET",
           "GETEX k EX 10 PERSIST",
           "GETEX k PERSIST EX 10",
           "GETEX k PERSIST PXAT 10",
           "GETEX k EX 10 PX 10",
           "GETEX k 10",
           "GETEX missing nonsense",
           "GETEX list nonsense",
           "SET list v nonsense GET",
       }) {
    CAPTURE(command);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      PutList(server, "list");
      CHECK(client.Run("SET k old") == kOk);
      CHECK(client.Run(command) == Error(errors::kSyntax));
      CHECK(client.Run("GET k") == Bulk("old"));
      CHECK(client.Run("TTL k") == Integer(-1));
    });
  }
}

TEST_CASE("times that are not numbers, not positive or too large are refused") {
  const auto invalid = [](const char* command) {
    return Error(errors::InvalidExpireTime(command));
  };
  Play({
      {"SET k old", kOk},
      {"SET k v EX abc", Error(errors::kNotAnInteger)},
      {"SET k v EX ''", Error(errors::kNotAnInteger)},
      {"SET k v EX 1.5", Error(errors::kNotAnInteger)},
      {"SET k v EX 10 EX abc", Error(errors::kNotAnInteger)},
      {"SET k v PX 9223372036854775808", Error(errors::kNotAnInteger)},
      {"SET k v EX 0", invalid("set")},
      {"SET k v EX -1", invalid("set")},
      {"SET k v PX 0", invalid("set")},
      {"SET k v PX -9223372036854775808", invalid("set")},
      {"SET k v EXAT 0", invalid("set")},
      {"SET k v EXAT -1", invalid("set")},
      {"SET k v PXAT 0", invalid("set")},
      {"SET k v EX 9223372036854775807", invalid("set")},
      {"SET k v EX 9223372036854776", invalid("set")},
      {"SET k v EX 9223372036854775", invalid("set")},  // with the time of now it overflows
      {"SET k v PX 9223372036854775807", invalid("set")},
      {"SET k v EXAT 9223372036854776", invalid("set")},
      {"SET k v NX EX 0", invalid("set")},
      {"SETEX k 0 v", invalid("setex")},
      {"SETEX k -1 v", invalid("setex")},
      {"SETEX k abc v", Error(errors::kNotAnInteger)},
      {"SETEX k 9223372036854775807 v", invalid("setex")},
      {"PSETEX k 0 v", invalid("psetex")},
      {"PSETEX k abc v", Error(errors::kNotAnInteger)},
      {"PSETEX k 9223372036854775807 v", invalid("psetex")},
      {"GETEX k EX 0", invalid("getex")},
      {"GETEX k PX -1", invalid("getex")},
      {"GETEX k EX abc", Error(errors::kNotAnInteger)},
      {"GETEX k EXAT 9223372036854775807", invalid("getex")},
      {"GETEX missing EX abc", kNil},
      {"GETEX missing EX 0", kNil},
      {"GET k", Bulk("old")},
      {"TTL k", Integer(-1)},
  });
}

}  // namespace larder
