// The arguments of commands, the parts of an argument before the list that it is in: data behind
// the rows of the command table.
#pragma once

#include "server/command_table.h"

namespace larder::command_data {

inline constexpr ArgumentSpec kKeyValueArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "value", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kUsernamePasswordArguments[] = {
    {.name = "username", .type = ArgumentType::kString, .flags = kArgOptional, .since = "6.0.0"},
    {.name = "password", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kClientListClientTypeParts[] = {
    {.name = "normal", .type = ArgumentType::kPureToken, .token = "normal"},
    {.name = "master", .type = ArgumentType::kPureToken, .token = "master"},
    {.name = "replica", .type = ArgumentType::kPureToken, .token = "replica"},
    {.name = "pubsub", .type = ArgumentType::kPureToken, .token = "pubsub"}};
inline constexpr ArgumentSpec kClientListArguments[] = {{.name = "client-type",
                                                         .type = ArgumentType::kOneOf,
                                                         .token = "TYPE",
                                                         .flags = kArgOptional,
                                                         .parts = kClientListClientTypeParts,
                                                         .since = "5.0.0"},
                                                        {.name = "client-id",
                                                         .type = ArgumentType::kInteger,
                                                         .token = "ID",
                                                         .flags = kArgOptional | kArgMultiple,
                                                         .since = "6.2.0"}};
inline constexpr ArgumentSpec kYesNoParts[] = {
    {.name = "yes", .type = ArgumentType::kPureToken, .token = "YES"},
    {.name = "no", .type = ArgumentType::kPureToken, .token = "NO"}};
inline constexpr ArgumentSpec kOnOffParts[] = {
    {.name = "on", .type = ArgumentType::kPureToken, .token = "ON"},
    {.name = "off", .type = ArgumentType::kPureToken, .token = "OFF"}};
inline constexpr ArgumentSpec kSwitchArguments[] = {
    {.name = "enabled", .type = ArgumentType::kOneOf, .parts = kOnOffParts}};
inline constexpr ArgumentSpec kClientKillNewFormatParts[] = {
    {.name = "client-id",
     .type = ArgumentType::kInteger,
     .token = "ID",
     .flags = kArgOptional,
     .since = "2.8.12"},
    {.name = "client-type",
     .type = ArgumentType::kOneOf,
     .token = "TYPE",
     .flags = kArgOptional,
     .parts = kClientListClientTypeParts,
     .since = "2.8.12"},
    {.name = "username", .type = ArgumentType::kString, .token = "USER", .flags = kArgOptional},
    {.name = "addr", .type = ArgumentType::kString, .token = "ADDR", .flags = kArgOptional},
    {.name = "laddr",
     .type = ArgumentType::kString,
     .token = "LADDR",
     .flags = kArgOptional,
     .since = "6.2.0"},
    {.name = "skipme",
     .type = ArgumentType::kOneOf,
     .token = "SKIPME",
     .flags = kArgOptional,
     .parts = kYesNoParts},
    {.name = "maxage",
     .type = ArgumentType::kInteger,
     .token = "MAXAGE",
     .flags = kArgOptional,
     .since = "7.4.0"}};
inline constexpr ArgumentSpec kClientKillFilterParts[] = {
    {.name = "old-format", .type = ArgumentType::kString},
    {.name = "new-format",
     .type = ArgumentType::kOneOf,
     .flags = kArgMultiple,
     .parts = kClientKillNewFormatParts}};
inline constexpr ArgumentSpec kClientKillArguments[] = {
    {.name = "filter", .type = ArgumentType::kOneOf, .parts = kClientKillFilterParts}};
inline constexpr ArgumentSpec kClientPauseModeParts[] = {
    {.name = "write", .type = ArgumentType::kPureToken, .token = "WRITE"},
    {.name = "all", .type = ArgumentType::kPureToken, .token = "ALL"}};
inline constexpr ArgumentSpec kClientPauseArguments[] = {
    {.name = "timeout", .type = ArgumentType::kInteger},
    {.name = "mode",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kClientPauseModeParts,
     .since = "6.2.0"}};
inline constexpr ArgumentSpec kClientReplyActionParts[] = {
    {.name = "on", .type = ArgumentType::kPureToken, .token = "ON"},
    {.name = "off", .type = ArgumentType::kPureToken, .token = "OFF"},
    {.name = "skip", .type = ArgumentType::kPureToken, .token = "SKIP"}};
inline constexpr ArgumentSpec kClientReplyArguments[] = {
    {.name = "action", .type = ArgumentType::kOneOf, .parts = kClientReplyActionParts}};
inline constexpr ArgumentSpec kClientCachingModeParts[] = {
    {.name = "yes", .type = ArgumentType::kPureToken, .token = "YES"},
    {.name = "no", .type = ArgumentType::kPureToken, .token = "NO"}};
inline constexpr ArgumentSpec kClientCachingArguments[] = {
    {.name = "mode", .type = ArgumentType::kOneOf, .parts = kClientCachingModeParts}};
inline constexpr ArgumentSpec kClientTrackingStatusParts[] = {
    {.name = "on", .type = ArgumentType::kPureToken, .token = "ON"},
    {.name = "off", .type = ArgumentType::kPureToken, .token = "OFF"}};
inline constexpr ArgumentSpec kClientTrackingArguments[] = {
    {.name = "status", .type = ArgumentType::kOneOf, .parts = kClientTrackingStatusParts},
    {.name = "client-id",
     .type = ArgumentType::kInteger,
     .token = "REDIRECT",
     .flags = kArgOptional},
    {.name = "prefix",
     .type = ArgumentType::kString,
     .token = "PREFIX",
     .flags = kArgOptional | kArgMultiple | kArgMultipleToken},
    {.name = "bcast", .type = ArgumentType::kPureToken, .token = "BCAST", .flags = kArgOptional},
    {.name = "optin", .type = ArgumentType::kPureToken, .token = "OPTIN", .flags = kArgOptional},
    {.name = "optout", .type = ArgumentType::kPureToken, .token = "OPTOUT", .flags = kArgOptional},
    {.name = "noloop", .type = ArgumentType::kPureToken, .token = "NOLOOP", .flags = kArgOptional}};
inline constexpr ArgumentSpec kClientUnblockTypeParts[] = {
    {.name = "timeout", .type = ArgumentType::kPureToken, .token = "TIMEOUT"},
    {.name = "error", .type = ArgumentType::kPureToken, .token = "ERROR"}};
inline constexpr ArgumentSpec kClientUnblockArguments[] = {
    {.name = "client-id", .type = ArgumentType::kInteger},
    {.name = "unblock-type",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kClientUnblockTypeParts}};
inline constexpr ArgumentSpec kClientSetinfoAttrParts[] = {
    {.name = "libname", .type = ArgumentType::kString, .token = "lib-name"},
    {.name = "libver", .type = ArgumentType::kString, .token = "lib-ver"}};
inline constexpr ArgumentSpec kClientSetinfoArguments[] = {
    {.name = "attr", .type = ArgumentType::kOneOf, .parts = kClientSetinfoAttrParts}};
inline constexpr ArgumentSpec kConnectionNameArguments[] = {
    {.name = "connection-name", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kCommandNameArguments[] = {
    {.name = "command-name", .type = ArgumentType::kString, .flags = kArgOptional | kArgMultiple}};
inline constexpr ArgumentSpec kCommandArgArguments[] = {
    {.name = "command", .type = ArgumentType::kString},
    {.name = "arg", .type = ArgumentType::kString, .flags = kArgOptional | kArgMultiple}};
inline constexpr ArgumentSpec kCommandListFilterbyParts[] = {
    {.name = "module-name", .type = ArgumentType::kString, .token = "MODULE"},
    {.name = "category", .type = ArgumentType::kString, .token = "ACLCAT"},
    {.name = "pattern", .type = ArgumentType::kPattern, .token = "PATTERN"}};
inline constexpr ArgumentSpec kCommandListArguments[] = {{.name = "filterby",
                                                          .type = ArgumentType::kOneOf,
                                                          .token = "FILTERBY",
                                                          .flags = kArgOptional,
                                                          .parts = kCommandListFilterbyParts}};
inline constexpr ArgumentSpec kParameterArguments[] = {
    {.name = "parameter", .type = ArgumentType::kString, .flags = kArgMultiple}};
inline constexpr ArgumentSpec kConfigSetDataParts[] = {
    {.name = "parameter", .type = ArgumentType::kString},
    {.name = "value", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kConfigSetArguments[] = {{.name = "data",
                                                        .type = ArgumentType::kBlock,
                                                        .flags = kArgMultiple,
                                                        .parts = kConfigSetDataParts}};
inline constexpr ArgumentSpec kCopyArguments[] = {
    {.name = "source", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "destination", .type = ArgumentType::kKey, .key_spec = 1},
    {.name = "destination-db",
     .type = ArgumentType::kInteger,
     .token = "DB",
     .flags = kArgOptional},
    {.name = "replace",
     .type = ArgumentType::kPureToken,
     .token = "REPLACE",
     .flags = kArgOptional}};
inline constexpr ArgumentSpec kKeyArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0}};
inline constexpr ArgumentSpec kKeyDecrementArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "decrement", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kDelArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .flags = kArgMultiple, .key_spec = 0}};
inline constexpr ArgumentSpec kMessageArguments[] = {
    {.name = "message", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kExpireConditionParts[] = {
    {.name = "nx", .type = ArgumentType::kPureToken, .token = "NX"},
    {.name = "xx", .type = ArgumentType::kPureToken, .token = "XX"},
    {.name = "gt", .type = ArgumentType::kPureToken, .token = "GT"},
    {.name = "lt", .type = ArgumentType::kPureToken, .token = "LT"}};
inline constexpr ArgumentSpec kExpireArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "seconds", .type = ArgumentType::kInteger},
    {.name = "condition",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kExpireConditionParts,
     .since = "7.0.0"}};
inline constexpr ArgumentSpec kExpireatArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "unix-time-seconds", .type = ArgumentType::kUnixTime},
    {.name = "condition",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kExpireConditionParts,
     .since = "7.0.0"}};
inline constexpr ArgumentSpec kFlushallFlushTypeParts[] = {
    {.name = "async", .type = ArgumentType::kPureToken, .token = "ASYNC", .since = "4.0.0"},
    {.name = "sync", .type = ArgumentType::kPureToken, .token = "SYNC", .since = "6.2.0"}};
inline constexpr ArgumentSpec kFlushallArguments[] = {{.name = "flush-type",
                                                       .type = ArgumentType::kOneOf,
                                                       .flags = kArgOptional,
                                                       .parts = kFlushallFlushTypeParts}};
inline constexpr ArgumentSpec kGetexExpirationParts[] = {
    {.name = "seconds", .type = ArgumentType::kInteger, .token = "EX"},
    {.name = "milliseconds", .type = ArgumentType::kInteger, .token = "PX"},
    {.name = "unix-time-seconds", .type = ArgumentType::kUnixTime, .token = "EXAT"},
    {.name = "unix-time-milliseconds", .type = ArgumentType::kUnixTime, .token = "PXAT"},
    {.name = "persist", .type = ArgumentType::kPureToken, .token = "PERSIST"}};
inline constexpr ArgumentSpec kGetexArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "expiration",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kGetexExpirationParts}};
inline constexpr ArgumentSpec kKeyStartEndArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "start", .type = ArgumentType::kInteger},
    {.name = "end", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kHelloArgumentsAuthParts[] = {
    {.name = "username", .type = ArgumentType::kString},
    {.name = "password", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kHelloArgumentsParts[] = {
    {.name = "protover", .type = ArgumentType::kInteger},
    {.name = "auth",
     .type = ArgumentType::kBlock,
     .token = "AUTH",
     .flags = kArgOptional,
     .parts = kHelloArgumentsAuthParts},
    {.name = "clientname",
     .type = ArgumentType::kString,
     .token = "SETNAME",
     .flags = kArgOptional}};
inline constexpr ArgumentSpec kHelloArguments[] = {{.name = "arguments",
                                                    .type = ArgumentType::kBlock,
                                                    .flags = kArgOptional,
                                                    .parts = kHelloArgumentsParts}};
inline constexpr ArgumentSpec kKeyIncrementArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "increment", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kIncrbyfloatArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "increment", .type = ArgumentType::kDouble}};
inline constexpr ArgumentSpec kCountOptionArguments[] = {
    {.name = "count", .type = ArgumentType::kInteger, .token = "COUNT", .flags = kArgOptional}};
inline constexpr ArgumentSpec kSectionArguments[] = {
    {.name = "section", .type = ArgumentType::kString, .flags = kArgOptional | kArgMultiple}};
inline constexpr ArgumentSpec kPatternArguments[] = {
    {.name = "pattern", .type = ArgumentType::kPattern}};
inline constexpr ArgumentSpec kKeyDbArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "db", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kMsetArguments[] = {{.name = "data",
                                                   .type = ArgumentType::kBlock,
                                                   .flags = kArgMultiple,
                                                   .parts = kKeyValueArguments}};
inline constexpr ArgumentSpec kPexpireArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "milliseconds", .type = ArgumentType::kInteger},
    {.name = "condition",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kExpireConditionParts,
     .since = "7.0.0"}};
inline constexpr ArgumentSpec kPexpireatArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "unix-time-milliseconds", .type = ArgumentType::kUnixTime},
    {.name = "condition",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kExpireConditionParts,
     .since = "7.0.0"}};
inline constexpr ArgumentSpec kPingArguments[] = {
    {.name = "message", .type = ArgumentType::kString, .flags = kArgOptional}};
inline constexpr ArgumentSpec kKeyMillisecondsValueArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "milliseconds", .type = ArgumentType::kInteger},
    {.name = "value", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kKeyNewkeyArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "newkey", .type = ArgumentType::kKey, .key_spec = 1}};
inline constexpr ArgumentSpec kCursorPatternCountTypeArguments[] = {
    {.name = "cursor", .type = ArgumentType::kInteger},
    {.name = "pattern", .type = ArgumentType::kPattern, .token = "MATCH", .flags = kArgOptional},
    {.name = "count", .type = ArgumentType::kInteger, .token = "COUNT", .flags = kArgOptional},
    {.name = "type",
     .type = ArgumentType::kString,
     .token = "TYPE",
     .flags = kArgOptional,
     .since = "6.0.0"}};
inline constexpr ArgumentSpec kIndexArguments[] = {
    {.name = "index", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kSetConditionParts[] = {
    {.name = "nx", .type = ArgumentType::kPureToken, .token = "NX"},
    {.name = "xx", .type = ArgumentType::kPureToken, .token = "XX"},
    {.name = "comparison-value", .type = ArgumentType::kString, .token = "IFEQ", .since = "8.1.0"}};
inline constexpr ArgumentSpec kSetExpirationParts[] = {
    {.name = "seconds", .type = ArgumentType::kInteger, .token = "EX", .since = "2.6.12"},
    {.name = "milliseconds", .type = ArgumentType::kInteger, .token = "PX", .since = "2.6.12"},
    {.name = "unix-time-seconds",
     .type = ArgumentType::kUnixTime,
     .token = "EXAT",
     .since = "6.2.0"},
    {.name = "unix-time-milliseconds",
     .type = ArgumentType::kUnixTime,
     .token = "PXAT",
     .since = "6.2.0"},
    {.name = "keepttl", .type = ArgumentType::kPureToken, .token = "KEEPTTL", .since = "6.0.0"}};
inline constexpr ArgumentSpec kRestoreArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "ttl", .type = ArgumentType::kInteger},
    {.name = "serialized-value", .type = ArgumentType::kString},
    {.name = "replace",
     .type = ArgumentType::kPureToken,
     .token = "REPLACE",
     .flags = kArgOptional,
     .since = "3.0.0"},
    {.name = "absttl",
     .type = ArgumentType::kPureToken,
     .token = "ABSTTL",
     .flags = kArgOptional,
     .since = "5.0.0"},
    {.name = "seconds",
     .type = ArgumentType::kInteger,
     .token = "IDLETIME",
     .flags = kArgOptional,
     .since = "5.0.0"},
    {.name = "frequency",
     .type = ArgumentType::kInteger,
     .token = "FREQ",
     .flags = kArgOptional,
     .since = "5.0.0"}};
inline constexpr ArgumentSpec kSetArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "value", .type = ArgumentType::kString},
    {.name = "condition",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kSetConditionParts,
     .since = "2.6.12"},
    {.name = "get",
     .type = ArgumentType::kPureToken,
     .token = "GET",
     .flags = kArgOptional,
     .since = "6.2.0"},
    {.name = "expiration",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kSetExpirationParts}};
inline constexpr ArgumentSpec kKeySecondsValueArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "seconds", .type = ArgumentType::kInteger},
    {.name = "value", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kKeyOffsetValueArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "offset", .type = ArgumentType::kInteger},
    {.name = "value", .type = ArgumentType::kString}};
inline constexpr ArgumentSpec kShutdownSaveSelectorParts[] = {
    {.name = "nosave", .type = ArgumentType::kPureToken, .token = "NOSAVE"},
    {.name = "save", .type = ArgumentType::kPureToken, .token = "SAVE"}};
inline constexpr ArgumentSpec kBgsaveArguments[] = {{.name = "schedule",
                                                     .type = ArgumentType::kPureToken,
                                                     .token = "SCHEDULE",
                                                     .flags = kArgOptional,
                                                     .since = "3.2.2"}};
inline constexpr ArgumentSpec kShutdownArguments[] = {{.name = "save-selector",
                                                       .type = ArgumentType::kOneOf,
                                                       .flags = kArgOptional,
                                                       .parts = kShutdownSaveSelectorParts},
                                                      {.name = "now",
                                                       .type = ArgumentType::kPureToken,
                                                       .token = "NOW",
                                                       .flags = kArgOptional,
                                                       .since = "7.0.0"},
                                                      {.name = "force",
                                                       .type = ArgumentType::kPureToken,
                                                       .token = "FORCE",
                                                       .flags = kArgOptional,
                                                       .since = "7.0.0"},
                                                      {.name = "abort",
                                                       .type = ArgumentType::kPureToken,
                                                       .token = "ABORT",
                                                       .flags = kArgOptional,
                                                       .since = "7.0.0"}};
inline constexpr ArgumentSpec kDebugKeysArguments[] = {
    {"key", ArgumentType::kKey, {}, kArgMultiple, {}, {}, 0}};
inline constexpr ArgumentSpec kDebugErrorArguments[] = {{"message", ArgumentType::kString}};
inline constexpr ArgumentSpec kPopulateArguments[] = {
    {"count", ArgumentType::kInteger},
    {"prefix", ArgumentType::kString, {}, kArgOptional},
    {"size", ArgumentType::kInteger, {}, kArgOptional}};
inline constexpr ArgumentSpec kReloadArguments[] = {
    {"merge", ArgumentType::kPureToken, "MERGE", kArgOptional},
    {"noflush", ArgumentType::kPureToken, "NOFLUSH", kArgOptional},
    {"nosave", ArgumentType::kPureToken, "NOSAVE", kArgOptional}};
inline constexpr ArgumentSpec kProtocolArguments[] = {{"type", ArgumentType::kString}};
inline constexpr ArgumentSpec kOnOffArguments[] = {{"enabled", ArgumentType::kInteger}};
inline constexpr ArgumentSpec kSecondsArguments[] = {{"seconds", ArgumentType::kDouble}};
inline constexpr ArgumentSpec kStringmatchArguments[] = {{"pattern", ArgumentType::kPattern},
                                                         {"text", ArgumentType::kString}};
inline constexpr ArgumentSpec kLolwutArguments[] = {
    {"version", ArgumentType::kInteger, "VERSION", kArgOptional}};
inline constexpr ArgumentSpec kEventArguments[] = {{"event", ArgumentType::kString}};
inline constexpr ArgumentSpec kEventsArguments[] = {
    {"event", ArgumentType::kString, {}, kArgOptional | kArgMultiple}};
inline constexpr ArgumentSpec kCommandsArguments[] = {
    {"command", ArgumentType::kString, {}, kArgOptional | kArgMultiple}};
inline constexpr ArgumentSpec kCountArguments[] = {
    {"count", ArgumentType::kInteger, {}, kArgOptional}};
inline constexpr ArgumentSpec kMemoryUsageArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "count", .type = ArgumentType::kInteger, .token = "SAMPLES", .flags = kArgOptional}};
inline constexpr ArgumentSpec kIndex1Index2Arguments[] = {
    {.name = "index1", .type = ArgumentType::kInteger},
    {.name = "index2", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kKeyOffsetArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "offset", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kSetbitArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "offset", .type = ArgumentType::kInteger},
    {.name = "value", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kBitUnitParts[] = {
    {.name = "byte", .type = ArgumentType::kPureToken, .token = "BYTE"},
    {.name = "bit", .type = ArgumentType::kPureToken, .token = "BIT"}};
inline constexpr ArgumentSpec kBitcountIndexParts[] = {
    {.name = "start", .type = ArgumentType::kInteger},
    {.name = "end", .type = ArgumentType::kInteger},
    {.name = "index_unit",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional,
     .parts = kBitUnitParts,
     .since = "7.0.0"}};
inline constexpr ArgumentSpec kBitcountArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "index",
     .type = ArgumentType::kBlock,
     .flags = kArgOptional,
     .parts = kBitcountIndexParts}};
inline constexpr ArgumentSpec kBitposEndParts[] = {{.name = "end", .type = ArgumentType::kInteger},
                                                   {.name = "index_unit",
                                                    .type = ArgumentType::kOneOf,
                                                    .flags = kArgOptional,
                                                    .parts = kBitUnitParts,
                                                    .since = "7.0.0"}};
inline constexpr ArgumentSpec kBitposIndexParts[] = {
    {.name = "start", .type = ArgumentType::kInteger},
    {.name = "end_index",
     .type = ArgumentType::kBlock,
     .flags = kArgOptional,
     .parts = kBitposEndParts}};
inline constexpr ArgumentSpec kBitposArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "bit", .type = ArgumentType::kInteger},
    {.name = "index",
     .type = ArgumentType::kBlock,
     .flags = kArgOptional,
     .parts = kBitposIndexParts}};
inline constexpr ArgumentSpec kBitopArguments[] = {
    {.name = "operation", .type = ArgumentType::kString},
    {.name = "destkey", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "key", .type = ArgumentType::kKey, .flags = kArgMultiple, .key_spec = 1}};
inline constexpr ArgumentSpec kBitfieldGetParts[] = {
    {.name = "encoding", .type = ArgumentType::kString},
    {.name = "offset", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kBitfieldSetParts[] = {
    {.name = "encoding", .type = ArgumentType::kString},
    {.name = "offset", .type = ArgumentType::kInteger},
    {.name = "value", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kBitfieldIncrbyParts[] = {
    {.name = "encoding", .type = ArgumentType::kString},
    {.name = "offset", .type = ArgumentType::kInteger},
    {.name = "increment", .type = ArgumentType::kInteger}};
inline constexpr ArgumentSpec kBitfieldOverflowParts[] = {
    {.name = "wrap", .type = ArgumentType::kPureToken, .token = "WRAP"},
    {.name = "sat", .type = ArgumentType::kPureToken, .token = "SAT"},
    {.name = "fail", .type = ArgumentType::kPureToken, .token = "FAIL"}};
inline constexpr ArgumentSpec kBitfieldWriteOperationParts[] = {
    {.name = "encoding_offset_value",
     .type = ArgumentType::kBlock,
     .token = "SET",
     .parts = kBitfieldSetParts},
    {.name = "encoding_offset_increment",
     .type = ArgumentType::kBlock,
     .token = "INCRBY",
     .parts = kBitfieldIncrbyParts}};
inline constexpr ArgumentSpec kBitfieldWriteParts[] = {{.name = "wrap_sat_fail",
                                                        .type = ArgumentType::kOneOf,
                                                        .token = "OVERFLOW",
                                                        .flags = kArgOptional,
                                                        .parts = kBitfieldOverflowParts},
                                                       {.name = "write_operation",
                                                        .type = ArgumentType::kOneOf,
                                                        .parts = kBitfieldWriteOperationParts}};
inline constexpr ArgumentSpec kBitfieldOperationParts[] = {
    {.name = "encoding_offset",
     .type = ArgumentType::kBlock,
     .token = "GET",
     .parts = kBitfieldGetParts},
    {.name = "write", .type = ArgumentType::kBlock, .parts = kBitfieldWriteParts}};
inline constexpr ArgumentSpec kBitfieldArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "operation",
     .type = ArgumentType::kOneOf,
     .flags = kArgOptional | kArgMultiple,
     .parts = kBitfieldOperationParts}};
inline constexpr ArgumentSpec kBitfieldRoArguments[] = {
    {.name = "key", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "encoding_offset",
     .type = ArgumentType::kBlock,
     .token = "GET",
     .flags = kArgOptional | kArgMultiple | kArgMultipleToken,
     .parts = kBitfieldGetParts}};
inline constexpr ArgumentSpec kLcsArguments[] = {
    {.name = "key1", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "key2", .type = ArgumentType::kKey, .key_spec = 0},
    {.name = "len", .type = ArgumentType::kPureToken, .token = "LEN", .flags = kArgOptional},
    {.name = "idx", .type = ArgumentType::kPureToken, .token = "IDX", .flags = kArgOptional},
    {.name = "len", .type = ArgumentType::kInteger, .token = "MINMATCHLEN", .flags = kArgOptional},
    {.name = "withmatchlen",
     .type = ArgumentType::kPureToken,
     .token = "WITHMATCHLEN",
     .flags = kArgOptional}};

}  // namespace larder::command_data
