// Selects sections of INFO's table and writes them.
#include "server/commands/info_sections.h"

#include "server/commands/info_table.h"
#include "server/commands/option_word.h"

namespace larder {
namespace {

template <class Condition>
InfoSelection SectionsWhere(Condition&& condition) {
  InfoSelection selection = 0;
  for (size_t i = 0; i < InfoTable().size(); ++i) {
    if (condition(InfoTable()[i])) selection |= InfoSelection{1} << i;
  }
  return selection;
}

InfoSelection SectionsNamed(std::string_view word) {
  if (IsWord(word, "default")) {
    return SectionsWhere([](const InfoSection& section) { return section.by_default; });
  }
  if (IsWord(word, "all") || IsWord(word, "everything")) {
    return SectionsWhere([](const InfoSection&) { return true; });
  }
  return SectionsWhere([&](const InfoSection& section) { return IsWord(word, section.word); });
}

}  // namespace

InfoSelection SelectSections(std::span<const std::string_view> words) {
  if (words.empty()) return SectionsNamed("default");
  InfoSelection selection = 0;
  for (const std::string_view word : words)
    selection |= SectionsNamed(word);
  return selection;
}

bool NeedsKeyspace(InfoSelection selection) {
  const InfoSelection needing =
      SectionsWhere([](const InfoSection& section) { return section.needs_keyspace; });
  return (selection & needing) != 0;
}

bool NeedsKeyStatistics(InfoSelection selection) {
  const InfoSelection needing =
      SectionsWhere([](const InfoSection& section) { return section.needs_key_statistics; });
  return (selection & needing) != 0;
}

std::string InfoText(InfoSelection selection, CommandContext& c, InfoFigures& figures) {
  const auto settings = c.server.settings.Current();
  const ClientFigures clients(c.server.clients);
  const StatisticsTotals statistics = c.server.statistics.Totals();
  if (NeedsKeyspace(selection)) {
    c.server.RecordUsedMemory(figures.keyspace.used_memory + clients.memory);
  }
  const MemoryFigures memory(c.server, figures.keyspace, clients.memory);
  const RateSampler::Rates rates = c.server.rates.Current();
  const PrefixFigures::Report prefixes =
      figures.prefixes.Take(static_cast<size_t>(settings->prefix_stats_max));
  const HotKeyFigures::Report hot_keys =
      figures.hot_keys.Take(static_cast<size_t>(settings->hotkeys_max));
  const SaveFigures save = c.server.saver.Figures();
  const InfoSource source{c,      c.server, *settings, figures.keyspace, clients, statistics,
                          memory, rates,    prefixes,  hot_keys,         save};
  InfoWriter info;
  for (size_t i = 0; i < InfoTable().size(); ++i) {
    if ((selection & (InfoSelection{1} << i)) == 0) continue;
    const InfoSection& section = InfoTable()[i];
    info.BeginSection(section.title);
    for (const InfoField& field : section.fields) {
      info.BeginField(field.name);
      field.write(source, info);
    }
  }
  return info.Take();
}

}  // namespace larder
