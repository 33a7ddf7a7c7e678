// docs/info.md, computed from the table of INFO's fields.
#pragma once

#include <string>

namespace larder {

std::string InfoDocumentation();

}  // namespace larder
