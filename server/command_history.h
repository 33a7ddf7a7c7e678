// What changed in which version of the protocol: data behind the rows of the command table.
#pragma once

#include "server/command_table.h"

namespace larder::command_data {

inline constexpr HistoryEntry kAuthHistory[] = {
    {"6.0.0", "A user name may come before the password."}};
inline constexpr HistoryEntry kBitUnitHistory[] = {{"7.0.0", "The units `BYTE` and `BIT`."}};
inline constexpr HistoryEntry kClientKillHistory[] = {
    {"2.8.12", "Filters, which are given by options."},
    {"3.2.0", "The type `master`."},
    {"5.0.0", "The type `replica`, which was called `slave`."},
    {"6.2.0", "The option `LADDR`."},
    {"7.4.0", "The option `MAXAGE`."}};
inline constexpr HistoryEntry kClientPauseHistory[] = {
    {"6.2.0", "The mode `WRITE`, in which clients may go on reading."}};
inline constexpr HistoryEntry kClientListHistory[] = {
    {"2.8.12", "The lines have the field `id`."},
    {"5.0.0", "`TYPE` selects connections."},
    {"6.0.0", "The lines have the field `user`."},
    {"6.2.0",
     "The lines have the fields `laddr`, `argv-mem`, `tot-mem` and `redir`; `ID` selects "
     "connections."},
    {"7.0.0", "The lines have the fields `resp`, `multi-mem`, `rbs` and `rbp`."},
    {"7.0.3", "The lines have the field `ssub`."}};
inline constexpr HistoryEntry kCommandInfoHistory[] = {
    {"7.0.0", "Names no longer have to be given."}};
inline constexpr HistoryEntry kConfigGetHistory[] = {
    {"7.0.0", "More than one pattern may be given."}};
inline constexpr HistoryEntry kSlowlogGetHistory[] = {
    {"4.0.0", "The reply has the client's address and name."}};
inline constexpr HistoryEntry kConfigSetHistory[] = {
    {"7.0.0", "More than one setting may be given."}};
inline constexpr HistoryEntry kExistsHistory[] = {{"3.0.3", "More than one key may be given."}};
inline constexpr HistoryEntry kExpireHistory[] = {
    {"7.0.0", "The conditions `NX`, `XX`, `GT` and `LT`."}};
inline constexpr HistoryEntry kFlushallHistory[] = {{"4.0.0", "The modifier `ASYNC`."},
                                                    {"6.2.0", "The modifier `SYNC`."}};
inline constexpr HistoryEntry kHelloHistory[] = {
    {"6.2.0", "Without arguments it only answers what is in force."}};
inline constexpr HistoryEntry kInfoHistory[] = {{"7.0.0", "More than one section may be named."}};
inline constexpr HistoryEntry kPttlHistory[] = {{"2.8.0", "-2 for a missing key."}};
inline constexpr HistoryEntry kRenamenxHistory[] = {
    {"3.2.0", "Two equal names are no error any more."}};
inline constexpr HistoryEntry kRestoreHistory[] = {{"3.0.0", "The modifier `REPLACE`."},
                                                   {"5.0.0", "The modifier `ABSTTL`."},
                                                   {"5.0.0", "The options `IDLETIME` and `FREQ`."}};
inline constexpr HistoryEntry kScanHistory[] = {{"6.0.0", "The option `TYPE`."}};
inline constexpr HistoryEntry kSetHistory[] = {{"2.6.12", "The options `EX`, `PX`, `NX` and `XX`."},
                                               {"6.0.0", "The option `KEEPTTL`."},
                                               {"6.2.0", "The options `GET`, `EXAT` and `PXAT`."},
                                               {"7.0.0", "`NX` and `GET` may be given together."},
                                               {"8.1.0", "The option `IFEQ`, as Valkey has it."}};
inline constexpr HistoryEntry kBgsaveHistory[] = {{"3.2.2", "The `SCHEDULE` option."}};
inline constexpr HistoryEntry kShutdownHistory[] = {
    {"7.0.0", "The modifiers `NOW`, `FORCE` and `ABORT`."}};

}  // namespace larder::command_data
