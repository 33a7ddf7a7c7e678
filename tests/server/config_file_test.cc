// Configuration files: the syntax of redis.conf, what mistakes are told, and what a rewrite
// touches.
#include "server/config_file.h"

#include <doctest/doctest.h>

#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

using Words = std::vector<std::string>;

std::string ReadText(std::string_view text, Settings& settings) {
  return ReadConfigText(text, "larder.conf", ".", settings).value_or("");
}

std::string Rewrite(std::string_view text, const Settings& settings) {
  return RewriteConfigText(text, ".", settings);
}

TEST_CASE("a line is split into words as an inline command is") {
  struct Case {
    std::string_view line;
    std::optional<Words> words;
  };
  const Case kCases[] = {
      {"", Words{}},
      {"  \t ", Words{}},
      {"port 6379", Words{"port", "6379"}},
      {" bind\t127.0.0.1   ::1 \r", Words{"bind", "127.0.0.1", "::1"}},
      {R"(requirepass "")", Words{"requirepass", ""}},
      {R"(requirepass "two words" 'and more')", Words{"requirepass", "two words", "and more"}},
      {R"("\n\r\t\b\a\\\"\q")", Words{"\n\r\t\b\a\\\"q"}},
      {R"("\x41\x4a\x4Az" "\x4" "\xg0")", Words{"AJJz", "x4", "xg0"}},
      {R"('it\'s' 'a\nb')", Words{"it's", R"(a\nb)"}},
      {R"(a"b c")", Words{"ab c"}},
      {R"(a\nb)", Words{R"(a\nb)"}},
      {R"("open)", std::nullopt},
      {R"('open)", std::nullopt},
      {R"("open\")", std::nullopt},
      {R"("closed"more)", std::nullopt},
      {R"('closed'more)", std::nullopt},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.line);
    CHECK((SplitConfigLine(c.line) == c.words));
  }
}

TEST_CASE("a quoted word reads back as it was") {
  std::string all_bytes;
  for (int c = 0; c < 256; c++)
    all_bytes += static_cast<char>(c);
  for (const std::string& word :
       {std::string("plain"), std::string(), std::string("two words"), std::string("it's"),
        std::string(R"(back\slash "quoted")"), std::string("#7"), all_bytes}) {
    CAPTURE(word);
    CHECK((SplitConfigLine(QuoteConfigWord(word)) == std::optional<Words>({word})));
  }
  CHECK(QuoteConfigWord("plain") == "plain");
  CHECK(QuoteConfigWord("") == R"("")");
}

TEST_CASE("a file sets what it names, and the later of two lines counts") {
  Settings settings;
  CHECK(ReadText("# a comment\n"
                 "\n"
                 "   port 6400\r\n"
                 "PORT 6401\n"
                 "bind 127.0.0.1 -::1\n"
                 "requirepass \"two words\"\n"
                 "client-output-buffer-limit normal 0 0 0\n"
                 "client-output-buffer-limit pubsub 1mb 1mb 1\n"
                 "loglevel warning",
                 settings) == "");
  CHECK(settings.port == 6401);
  CHECK(settings.bind == Words{"127.0.0.1", "-::1"});
  CHECK(settings.requirepass == "two words");
  CHECK(settings.output_buffer_limit(ClientClass::kNormal) == OutputBufferLimit{});
  CHECK(settings.output_buffer_limit(ClientClass::kPubsub) ==
        OutputBufferLimit{kMegabyte, kMegabyte, 1});
  CHECK(settings.output_buffer_limit(ClientClass::kReplica) ==
        Settings{}.output_buffer_limit(ClientClass::kReplica));
  CHECK(settings.loglevel == LogLevel::kWarning);
}

TEST_CASE("a mistake names file and line, the setting, the value and what is allowed") {
  struct Case {
    std::string_view text;
    std::string_view mistake;
  };
  const Case kCases[] = {
      {"# first\nport 99999\n",
       "larder.conf:2: port: '99999' is not allowed; allowed: an integer from 0 to 65535"},
      {"port 1 2",
       "larder.conf:1: port: '1 2' is not allowed; allowed: an integer from 0 to 65535"},
      {"port", "larder.conf:1: port: '' is not allowed; allowed: an integer from 0 to 65535"},
      {"\nappendonly yes\n",
       "larder.conf:2: unknown setting 'appendonly'; larder-server --help lists those there are"},
      {"save 3600",
       "larder.conf:1: save: '3600' is not allowed; allowed: pairs of seconds, at least 1, and "
       "changes; empty: never"},
      {"requirepass \"open", "larder.conf:1: the quotes do not match: requirepass \"open"},
      {"include", "larder.conf:1: include: takes one path"},
      {"include /nonexistent/x.conf",
       "larder.conf:1: include: '/nonexistent/x.conf' cannot be read: No such file or directory"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    Settings settings;
    CHECK(ReadText(c.text, settings) == c.mistake);
  }
}

TEST_CASE("include reads a file, or all that match a pattern, relative to the file it stands in") {
  const TemporaryDirectory directory;
  directory.Write("conf.d/a.conf", "port 1\ninclude deeper/c.conf\n");
  directory.Write("conf.d/b.conf", "timeout 2");
  directory.Write("conf.d/deeper/c.conf", "databases 3");
  const std::string path = directory.Write(
      "larder.conf", "port 9\nInclude conf.d/*.conf\ninclude none/*.conf\ntcp-backlog 4\n");
  Settings settings;
  CHECK(ReadConfigFile(path, settings).value_or("") == "");
  CHECK(settings.port == 1);
  CHECK(settings.timeout == 2);
  CHECK(settings.databases == 3);
  CHECK(settings.tcp_backlog == 4);
}

TEST_CASE("a mistake in an included file names that file") {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("larder.conf", "include \"other.conf\"\n");
  directory.Write("other.conf", "\nport x\n");
  Settings settings;
  CHECK(ReadConfigFile(path, settings).value_or("") ==
        directory.path() +
            "/other.conf:2: port: 'x' is not allowed; allowed: an integer from 0 to "
            "65535");
}

TEST_CASE("files that include one another end with an error") {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("larder.conf", "include larder.conf\n");
  Settings settings;
  const std::string mistake = ReadConfigFile(path, settings).value_or("");
  CHECK(mistake.find("larder.conf:1: include: ") != std::string::npos);
  CHECK(mistake.find("deep") != std::string::npos);
}

TEST_CASE("a file that is not there or is a directory is named") {
  Settings settings;
  CHECK(ReadConfigFile("/nonexistent.conf", settings) ==
        "/nonexistent.conf: cannot be read: No such file or directory");
  CHECK(ReadConfigFile("/", settings) == "/: cannot be read: Is a directory");
}

TEST_CASE("a rewrite touches only the lines whose settings changed") {
  Settings settings;
  const std::string_view text =
      "# Our cache\n"
      "port 6400   \n"
      "\n"
      "  # clients\n"
      "timeout 10\n"
      "maxclients 50\n"
      "timeout 20\n"
      "proto-max-bulk-len 2mb\n";
  REQUIRE(ReadText(text, settings) == "");
  CHECK(Rewrite(text, settings) == text);
  settings.timeout = 30;
  settings.requirepass = "two words";
  settings.client_output_buffer_limit[0] = {};
  const std::string rewritten = Rewrite(text, settings);
  CHECK(rewritten ==
        "# Our cache\n"
        "port 6400   \n"
        "\n"
        "  # clients\n"
        "maxclients 50\n"
        "timeout 30\n"
        "proto-max-bulk-len 2mb\n"
        "# Written by CONFIG REWRITE\n"
        "requirepass \"two words\"\n"
        "client-output-buffer-limit normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 "
        "8388608 60\n");
  Settings read;
  CHECK(ReadText(rewritten, read) == "");
  CHECK(read == settings);
  CHECK(Rewrite(rewritten, settings) == rewritten);
}

TEST_CASE("a rewrite back to the default changes the line that there is") {
  Settings settings;
  CHECK(Rewrite("port 6400", settings) == "port 6379\n");
  settings.bind.clear();
  CHECK(Rewrite("bind 10.0.0.1\n", settings) == "bind \"\"\n");
}

TEST_CASE("a rewrite has the last word over included files") {
  const TemporaryDirectory directory;
  const std::string text = "timeout 1\ninclude other.conf\n";
  directory.Write("larder.conf", text);
  directory.Write("other.conf", "timeout 2\n");
  Settings settings;
  settings.timeout = 3;
  CHECK(RewriteConfigText(text, directory.path(), settings) ==
        "timeout 3\ninclude other.conf\n# Written by CONFIG REWRITE\ntimeout 3\n");
  CHECK(directory.Read("other.conf") == "timeout 2\n");
}

}  // namespace
}  // namespace larder
