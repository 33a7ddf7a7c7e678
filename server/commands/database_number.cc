// Reading the number of a database from an argument.
#include "server/commands/database_number.h"

#include <cstdint>
#include <limits>

#include "protocol/number.h"
#include "server/commands/errors.h"

namespace larder {

std::optional<int> ReadDatabaseNumber(CommandContext& c, std::string_view text,
                                      std::string_view not_a_number) {
  int64_t number;
  if (!ParseInteger(text, &number)) {
    c.reply.Error(not_a_number.empty() ? errors::kNotAnInteger : not_a_number);
    return std::nullopt;
  }
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    c.reply.Error(not_a_number.empty() ? errors::kNotA32BitInteger : not_a_number);
    return std::nullopt;
  }
  return static_cast<int>(number);
}

bool CheckDatabaseNumber(CommandContext& c, int number) {
  if (number >= 0 && static_cast<size_t>(number) < c.keyspace.database_count()) return true;
  c.reply.Error(errors::kDbIndexOutOfRange);
  return false;
}

}  // namespace larder
