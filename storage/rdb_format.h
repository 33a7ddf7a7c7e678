// The bytes of Redis's RDB format that mean something: versions, opcodes, types, and how lengths
// and strings are encoded.
//
// A file is
//
//   "REDIS0010"                                       magic and version
//   AUX name value ...                                facts about the file, all optional
//   for each database, in any order, perhaps in several parts:
//     SELECTDB number
//     RESIZEDB keys expiring                          hints, optional
//     for each key: [EXPIRETIME_MS time] [IDLE length | FREQ byte] type key value
//   EOF checksum                                      CRC-64 of all before it; 0: not computed
//
// A length, and with the two high bits set the encoding of a string instead:
//
//   00nnnnnn                    6 bits
//   01nnnnnn nnnnnnnn           14 bits, big-endian
//   10000000 then 4 bytes       32 bits, big-endian
//   10000001 then 8 bytes       64 bits, big-endian
//   11eeeeee                    a string in encoding e
//
// Times are little-endian, as are integers that encode strings, and the checksum. Lists, sets and
// other collections are types of their own, most of them a string that holds a packed form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::rdb {

inline constexpr std::string_view kMagic = "REDIS";
// What is written: Redis 7.0's version, which all later ones and Valkey read.
inline constexpr int kWrittenVersion = 10;
// What is read.
inline constexpr int kOldestVersion = 1;
inline constexpr int kNewestVersion = 12;
// Files have a checksum since this version.
inline constexpr int kChecksumSince = 5;

// Behind the value that DUMP gives: two bytes of version, eight of CRC-64, both little-endian.
inline constexpr size_t kDumpFooterSize = 10;
inline constexpr size_t kChecksumSize = 8;

// What may stand where a type may.
enum Opcode : uint8_t {
  kSlotImport = 243,  // Valkey 9
  kSlotInfo = 244,
  kFunction2 = 245,
  kFunctionPreGa = 246,
  kModuleAux = 247,
  kIdle = 248,
  kFreq = 249,
  kAux = 250,
  kResizeDb = 251,
  kExpireTimeMs = 252,
  kExpireTime = 253,
  kSelectDb = 254,
  kEof = 255,
};

enum Type : uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kSortedSet = 3,  // scores as text
  kHash = 4,
  kSortedSet2 = 5,   // scores as doubles
  kModulePreGa = 6,  // not readable without the module
  kModule2 = 7,
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kSortedSetZiplist = 12,
  kHashZiplist = 13,
  kListQuicklist = 14,
  kStreamListpacks = 15,
  kHashListpack = 16,
  kSortedSetListpack = 17,
  kListQuicklist2 = 18,
  kStreamListpacks2 = 19,
  kSetListpack = 20,
  kStreamListpacks3 = 21,
  kHashMetadataPreGa = 22,
  kHashListpackExPreGa = 23,
  kHashMetadata = 24,
  kHashListpackEx = 25,
};

// The two high bits of the first byte of a length.
enum LengthForm : uint8_t { k6Bits = 0, k14Bits = 1, kWide = 2, kEncoded = 3 };
inline constexpr uint8_t k32BitsLength = 0x80;
inline constexpr uint8_t k64BitsLength = 0x81;

// Of a string, behind kEncoded.
enum StringEncoding : uint8_t { kInt8 = 0, kInt16 = 1, kInt32 = 2, kLzf = 3 };

// What parts of a module's value begin with, so that they can be passed over.
enum ModuleOpcode : uint8_t {
  kModuleEof = 0,
  kModuleSigned = 1,
  kModuleUnsigned = 2,
  kModuleFloat = 3,
  kModuleDouble = 4,
  kModuleString = 5,
};

}  // namespace larder::rdb
