// DEBUG PROTOCOL: a reply of each type, for whoever writes a client.
#include "server/commands/debug.h"
#include "server/commands/debug_allowed.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"

namespace larder {
namespace {

void ReplyNumbers(ReplyWriter& reply) {
  for (int i = 0; i < 3; ++i)
    reply.Integer(i);
}

struct Example {
  std::string_view type;
  void (*write)(ReplyWriter& reply);
};

// The values are those of Redis.
constexpr Example kExamples[] = {
    {"string", [](ReplyWriter& reply) { reply.Bulk("Hello World"); }},
    {"integer", [](ReplyWriter& reply) { reply.Integer(12345); }},
    {"double", [](ReplyWriter& reply) { reply.Double(3.141); }},
    {"bignum",
     [](ReplyWriter& reply) { reply.BigNumber("1234567999999999999999999999999999999"); }},
    {"null", [](ReplyWriter& reply) { reply.Null(); }},
    {"array",
     [](ReplyWriter& reply) {
       reply.Array(3);
       ReplyNumbers(reply);
     }},
    {"set",
     [](ReplyWriter& reply) {
       reply.Set(3);
       ReplyNumbers(reply);
     }},
    {"map",
     [](ReplyWriter& reply) {
       reply.Map(3);
       for (int i = 0; i < 3; ++i) {
         reply.Integer(i);
         reply.Boolean(i == 1);
       }
     }},
    {"attrib",
     [](ReplyWriter& reply) {
       if (reply.resp3()) {
         reply.Attribute(1);
         reply.Bulk("key-popularity");
         reply.Array(2);
         reply.Bulk("key:123");
         reply.Integer(90);
       }
       reply.Bulk("Some real reply following the attribute");
     }},
    {"push",
     [](ReplyWriter& reply) {
       if (!reply.resp3()) return reply.Error(errors::kNeedsResp3);
       reply.Push(2);
       reply.Bulk("server-cpu-usage");
       reply.Integer(42);
       reply.Bulk("Some real reply following the push reply");
     }},
    {"verbatim", [](ReplyWriter& reply) { reply.Verbatim("txt", "This is a verbatim\nstring"); }},
    {"true", [](ReplyWriter& reply) { reply.Boolean(true); }},
    {"false", [](ReplyWriter& reply) { reply.Boolean(false); }},
};

}  // namespace

void DebugProtocolCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  for (const Example& example : kExamples) {
    if (IsWord(c.args[2], example.type)) return example.write(c.reply);
  }
  c.reply.Error(errors::kNoSuchReplyType);
}

}  // namespace larder
