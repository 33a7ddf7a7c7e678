// How commands use their keys: data behind the rows of the command table.
#pragma once

#include "server/command_table.h"

namespace larder::command_data {

inline constexpr KeySpec kRwInsertKey[] = {{{1, 1, 1}, kKeyRw | kKeyInsert}};
inline constexpr KeySpec kRoAccessThenOwUpdate[] = {{{1, 1, 1}, kKeyRo | kKeyAccess},
                                                    {{2, 2, 1}, kKeyOw | kKeyUpdate}};
inline constexpr KeySpec kRwAccessUpdateKey[] = {{{1, 1, 1}, kKeyRw | kKeyAccess | kKeyUpdate}};
inline constexpr KeySpec kRmDeleteKeys[] = {{{1, -1, 1}, kKeyRm | kKeyDelete}};
inline constexpr KeySpec kRmAccessDeleteKey[] = {{{1, 1, 1}, kKeyRm | kKeyAccess | kKeyDelete}};
inline constexpr KeySpec kRoKeys[] = {{{1, -1, 1}, kKeyRo}};
inline constexpr KeySpec kRwUpdateKey[] = {{{1, 1, 1}, kKeyRw | kKeyUpdate}};
inline constexpr KeySpec kRoAccessKey[] = {{{1, 1, 1}, kKeyRo | kKeyAccess}};
inline constexpr KeySpec kRwAccessDeleteKey[] = {{{1, 1, 1}, kKeyRw | kKeyAccess | kKeyDelete}};
inline constexpr KeySpec kGetexKey[] = {{{1, 1, 1},
                                         kKeyRw | kKeyAccess | kKeyUpdate,
                                         "It is written because its deadline may change."}};
inline constexpr KeySpec kRoSecondKey[] = {{{2, 2, 1}, kKeyRo}};
inline constexpr KeySpec kRoAccessKeys[] = {{{1, -1, 1}, kKeyRo | kKeyAccess}};
inline constexpr KeySpec kOwUpdateEachSecond[] = {{{1, -1, 2}, kKeyOw | kKeyUpdate}};
inline constexpr KeySpec kOwInsertEachSecond[] = {{{1, -1, 2}, kKeyOw | kKeyInsert}};
inline constexpr KeySpec kOwUpdateKey[] = {{{1, 1, 1}, kKeyOw | kKeyUpdate}};
inline constexpr KeySpec kRwAccessDeleteThenOwUpdate[] = {
    {{1, 1, 1}, kKeyRw | kKeyAccess | kKeyDelete}, {{2, 2, 1}, kKeyOw | kKeyUpdate}};
inline constexpr KeySpec kRwAccessDeleteThenOwInsert[] = {
    {{1, 1, 1}, kKeyRw | kKeyAccess | kKeyDelete}, {{2, 2, 1}, kKeyOw | kKeyInsert}};
inline constexpr KeySpec kSetKey[] = {{{1, 1, 1},
                                       kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariable,
                                       "It is read as well if `GET` is given."}};
inline constexpr KeySpec kOwInsertKey[] = {{{1, 1, 1}, kKeyOw | kKeyInsert}};
inline constexpr KeySpec kRoKey[] = {{{1, 1, 1}, kKeyRo}};
inline constexpr KeySpec kRoAccessTwoKeys[] = {{{1, 2, 1}, kKeyRo | kKeyAccess}};
inline constexpr KeySpec kOwUpdateThenRoAccessKeys[] = {{{2, 2, 1}, kKeyOw | kKeyUpdate},
                                                        {{3, -1, 1}, kKeyRo | kKeyAccess}};
inline constexpr KeySpec kBitfieldKey[] = {{{1, 1, 1},
                                            kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariable,
                                            "It is read, written or both, as the operations do."}};
inline constexpr KeySpec kRoKeysOfSubcommand[] = {{{2, -1, 1}, kKeyRo}};
inline constexpr KeySpec kRoKeyOfSubcommand[] = {{{2, 2, 1}, kKeyRo}};

}  // namespace larder::command_data
