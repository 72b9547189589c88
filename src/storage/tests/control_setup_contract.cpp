// Agents, telephony, numbers, provider keys, secrets sealed anew.
#include <atomic>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

AgentVersionRow version(const std::string& text, WallMillis at = kTestNow + 1) {
  AgentVersionRow row;
  row.text = text;
  row.content_version = "c-" + text;
  row.note = "note";
  row.published_by = "U1";
  row.published_at = at;
  return row;
}

TEST_P(ControlStoreContract, an_agent_goes_from_draft_to_numbered_versions) {
  AgentRow agent = make_agent("A1", "clinic");
  agent.name = "front desk";
  agent.draft = "draft 2";
  agent.updated_at = kTestNow + 5;
  EXPECT_EQ(store_->update_agent_draft(agent, 1), 2);
  EXPECT_EQ(code_of(store_->publish_agent(kHere, "A1", 1, version("v1"))), Errc::conflict);
  EXPECT_THAT(*store_->list_agent_versions(kHere, "A1"), IsEmpty());

  const auto published = store_->publish_agent(kHere, "A1", 2, version("v1", kTestNow + 6));
  ASSERT_EQ(problem(published), "");
  EXPECT_EQ(published->name, "front desk");
  EXPECT_EQ(published->draft, "");
  EXPECT_EQ(published->published_version, 1);
  EXPECT_EQ(published->published_at, kTestNow + 6);
  EXPECT_EQ(published->updated_at, kTestNow + 6);
  EXPECT_EQ(published->created_at, kTestNow);
  EXPECT_EQ(published->etag, 3);
  EXPECT_EQ(store_->publish_agent(kHere, "A1", 0, version("v2"))->published_version, 2);

  const auto first = store_->find_agent_version(kHere, "A1", 1);
  ASSERT_EQ(problem(first), "");
  EXPECT_EQ(first->agent_id, "A1");
  EXPECT_EQ(first->text, "v1");
  EXPECT_EQ(first->content_version, "c-v1");
  EXPECT_EQ(first->note, "note");
  EXPECT_EQ(first->published_by, "U1");
  EXPECT_EQ(first->published_at, kTestNow + 6);
  const auto versions = *store_->list_agent_versions(kHere, "A1");
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].number, 2) << "the newest first";
  EXPECT_EQ(code_of(store_->find_agent_version(kHere, "A1", 3)), Errc::not_found);

  make_agent("A2", "never published", kOther);
  const auto all = *store_->published_agents();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].agent.id, "A1");
  EXPECT_EQ(all[0].agent.workspace_id, kHere);
  EXPECT_EQ(all[0].agent.published_at, kTestNow + 1);
  EXPECT_EQ(all[0].version.number, 2);
  EXPECT_EQ(all[0].version.text, "v2");
  EXPECT_EQ(all[0].version.published_at, kTestNow + 1);
}

TEST_P(ControlStoreContract, two_who_publish_at_once_get_numbers_without_gaps) {
  make_agent("A1", "clinic");
  std::atomic<int> published = 0;
  const auto publish = [&](ControlStore& store) {
    for (int i = 0; i < 10; ++i) {
      const auto agent = store.publish_agent(kHere, "A1", 0, version("text"));
      if (agent) ++published;
    }
  };
  at_once(publish, publish);
  EXPECT_EQ(published, 20);
  std::set<int> numbers;
  for (const auto& row : *store_->list_agent_versions(kHere, "A1"))
    numbers.insert(row.number);
  EXPECT_EQ(numbers.size(), 20U);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 20);
  EXPECT_EQ(store_->find_agent(kHere, "A1")->published_version, 20);
}

TEST_P(ControlStoreContract, an_agent_is_found_by_name_and_by_id_and_its_name_is_its_own) {
  make_agent("A1", "zebra");
  make_agent("A2", "Ärzte");
  make_agent("A3", "A1");
  make_agent("A4", "zebra", kOther);
  EXPECT_EQ(store_->find_agent(kHere, "zebra")->id, "A1");
  EXPECT_EQ(store_->find_agent(kHere, "A1")->id, "A1") << "an id goes before a name";
  EXPECT_THAT(ids_of(store_->list_agents(kHere)), ElementsAre("A3", "A1", "A2")) << "by the name's bytes";

  AgentRow taken;
  taken.id = "A5";
  taken.workspace_id = kHere;
  taken.name = "zebra";
  const auto created = store_->create_agent(taken);
  EXPECT_EQ(code_of(created), Errc::already_exists);
  EXPECT_THAT(problem(created), HasSubstr("zebra"));
  taken.id = "A2";
  EXPECT_EQ(code_of(store_->update_agent_draft(taken, 0)), Errc::already_exists);
  taken.workspace_id = "nowhere";
  EXPECT_EQ(code_of(store_->update_agent_draft(taken, 0)), Errc::not_found);
  taken.id = "A6";
  EXPECT_EQ(code_of(store_->create_agent(taken)), Errc::invalid_argument) << "there is no such workspace";
}

TEST_P(ControlStoreContract, a_deleted_agent_leaves_its_numbers_unlinked) {
  make_agent("A1", "clinic");
  ASSERT_EQ(problem(store_->publish_agent(kHere, "A1", 0, version("v1"))), "");
  PhoneNumberRecord number = phone_number("P1", "+918030752400");
  number.agent_id = "A1";
  ASSERT_EQ(problem(store_->create_phone_number(number)), "");
  EXPECT_EQ(code_of(store_->delete_agent(kHere, "A1", 1)), Errc::conflict);
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->agent_id, "A1");
  ASSERT_EQ(problem(store_->delete_agent(kHere, "A1", 2)), "");
  const auto unlinked = *store_->find_phone_number(kHere, "P1");
  EXPECT_EQ(unlinked.agent_id, "");
  EXPECT_EQ(unlinked.etag, 2);
  EXPECT_EQ(count("agent_versions"), 0);
  EXPECT_EQ(code_of(store_->delete_agent(kHere, "A1", 0)), Errc::not_found);
}

TEST_P(ControlStoreContract, a_number_linked_while_its_agent_is_deleted_does_not_point_nowhere) {
  for (int round = 0; round < 20; ++round) {
    const std::string agent = fmt::format("A{}", round);
    make_agent(agent, agent);
    PhoneNumberRecord number = phone_number(fmt::format("P{}", round), fmt::format("+9180{}", round));
    ASSERT_EQ(problem(store_->create_phone_number(number)), "");
    number.agent_id = agent;
    std::string deleting;
    at_once([&](ControlStore& store) { (void)store.update_phone_number(number, 0); },
            [&](ControlStore& store) { deleting = problem(store.delete_agent(kHere, agent, 0)); });
    ASSERT_EQ(deleting, "");
    ASSERT_EQ(store_->find_phone_number(kHere, number.id)->agent_id, "");
  }
}

TEST_P(ControlStoreContract, a_number_is_given_back_with_everything_and_once_in_its_workspace) {
  make_agent("A1", "clinic");
  make_telephony("T1");
  PhoneNumberRecord number = phone_number("P1", "+918030752400");
  number.agent_id = "A1";
  number.telephony_config_id = "T1";
  number.active = false;
  number.answer_with = "record";
  number.after_recording = "call_back";
  number.secret_hash = "abc";
  ASSERT_EQ(problem(store_->create_phone_number(number)), "");
  const auto found = store_->find_phone_number(kHere, "P1");
  ASSERT_EQ(problem(found), "");
  EXPECT_EQ(found->number, "+918030752400");
  EXPECT_EQ(found->display_name, "Front desk");
  EXPECT_EQ(found->carrier, "exotel");
  EXPECT_EQ(found->telephony_config_id, "T1");
  EXPECT_EQ(found->agent_id, "A1");
  EXPECT_EQ(found->owner, "user-1");
  EXPECT_EQ(found->answer_with, "record");
  EXPECT_EQ(found->after_recording, "call_back");
  EXPECT_EQ(found->secret_hash, "abc");
  EXPECT_FALSE(found->active);
  EXPECT_EQ(found->etag, 1);
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->updated_at, kTestNow);

  PhoneNumberRecord again = phone_number("P2", "+918030752400");
  EXPECT_EQ(code_of(store_->create_phone_number(again)), Errc::already_exists);
  again.workspace_id = kOther;
  EXPECT_EQ(problem(store_->create_phone_number(again)), "");
  EXPECT_THAT(ids_of(store_->list_phone_numbers(kHere)), ElementsAre("P1"));
  EXPECT_THAT(ids_of(store_->all_phone_numbers()), ElementsAre("P1", "P2"));

  number.agent_id.clear();
  number.number = "+918030752401";
  number.answer_with = "stream";
  number.after_recording.clear();
  number.secret_hash.clear();
  EXPECT_EQ(store_->update_phone_number(number, 1), 2);
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->answer_with, "stream");
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->after_recording, "");
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->secret_hash, "");
  EXPECT_EQ(code_of(store_->update_phone_number(number, 1)), Errc::conflict);
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->agent_id, "");
  ASSERT_EQ(problem(store_->delete_phone_number(kHere, "P1")), "");
  EXPECT_EQ(code_of(store_->delete_phone_number(kHere, "P1")), Errc::not_found);
}

TEST_P(ControlStoreContract, a_number_links_only_to_what_its_workspace_has) {
  make_agent("A1", "clinic", kOther);
  make_telephony("T1", kOther);
  PhoneNumberRecord number = phone_number("P1", "+918030752400");
  number.agent_id = "A1";
  EXPECT_EQ(code_of(store_->create_phone_number(number)), Errc::not_found);
  number.agent_id.clear();
  number.telephony_config_id = "T1";
  EXPECT_EQ(code_of(store_->create_phone_number(number)), Errc::not_found);
  number.telephony_config_id.clear();
  ASSERT_EQ(problem(store_->create_phone_number(number)), "");
  number.agent_id = "A1";
  EXPECT_EQ(code_of(store_->update_phone_number(number, 0)), Errc::not_found);
  EXPECT_EQ(store_->find_phone_number(kHere, "P1")->etag, 1);
}

TEST_P(ControlStoreContract, a_telephony_configuration_stays_while_a_number_uses_it) {
  TelephonyConfigRecord config = make_telephony("T1");
  PhoneNumberRecord number = phone_number("P1", "+918030752400");
  number.telephony_config_id = "T1";
  ASSERT_EQ(problem(store_->create_phone_number(number)), "");
  const auto refused = store_->delete_telephony_config(kHere, "T1");
  EXPECT_EQ(code_of(refused), Errc::conflict);
  EXPECT_THAT(problem(refused), HasSubstr("1 phone number"));

  config.name = "Second line";
  config.options = "{}";
  config.sealed_credentials = "sealed:new";
  config.updated_at = kTestNow + 1;
  EXPECT_EQ(store_->update_telephony_config(config, 1), 2);
  EXPECT_EQ(code_of(store_->update_telephony_config(config, 1)), Errc::conflict);
  const auto found = *store_->find_telephony_config(kHere, "T1");
  EXPECT_EQ(found.name, "Second line");
  EXPECT_EQ(found.carrier, "exotel");
  EXPECT_EQ(found.options, "{}");
  EXPECT_EQ(found.sealed_credentials, "sealed:new");
  EXPECT_EQ(found.created_at, kTestNow);
  EXPECT_EQ(found.updated_at, kTestNow + 1);

  ASSERT_EQ(problem(store_->delete_phone_number(kHere, "P1")), "");
  ASSERT_EQ(problem(store_->delete_telephony_config(kHere, "T1")), "");
  EXPECT_THAT(ids_of(store_->list_telephony_configs(kHere)), IsEmpty());
}

TEST_P(ControlStoreContract, a_provider_has_one_key_in_each_workspace) {
  ProviderKeyRecord key{.id = "K1",
                        .workspace_id = kHere,
                        .provider = "deepgram",
                        .sealed_key = "sealed:1",
                        .hint = "…abcd",
                        .url = "",
                        .etag = 1,
                        .created_at = kTestNow,
                        .updated_at = kTestNow};
  ASSERT_EQ(problem(store_->put_provider_key(key)), "");
  key.id = "K2";
  key.sealed_key = "sealed:2";
  key.hint = "…efgh";
  key.url = "https://proxy.example.com";
  key.created_at = key.updated_at = kTestNow + 1;
  ASSERT_EQ(problem(store_->put_provider_key(key)), "");
  const auto keys = *store_->list_provider_keys(kHere);
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].id, "K1") << "the record stays, its key is new";
  EXPECT_EQ(keys[0].sealed_key, "sealed:2");
  EXPECT_EQ(keys[0].hint, "…efgh");
  EXPECT_EQ(keys[0].url, "https://proxy.example.com");
  EXPECT_EQ(keys[0].etag, 2);
  EXPECT_EQ(keys[0].created_at, kTestNow);
  EXPECT_EQ(keys[0].updated_at, kTestNow + 1);
  key.workspace_id = kOther;
  ASSERT_EQ(problem(store_->put_provider_key(key)), "");
  EXPECT_THAT(ids_of(store_->all_provider_keys()), ElementsAre("K1", "K2"));
  ASSERT_EQ(problem(store_->delete_provider_key(kOther, "deepgram")), "");
  EXPECT_EQ(code_of(store_->delete_provider_key(kOther, "deepgram")), Errc::not_found);
  EXPECT_EQ(store_->list_provider_keys(kHere)->size(), 1U);
}

TEST_P(ControlStoreContract, every_secret_of_every_workspace_is_sealed_anew_or_none) {
  make_webhook("W1", {"*"});
  make_telephony("T1", kOther);
  WebhookRecord bare = make_webhook("W2", {"*"});
  bare.sealed_secret.clear();
  ASSERT_EQ(problem(store_->update_webhook(bare, 0)), "");
  ProviderKeyRecord key;
  key.id = "K1";
  key.workspace_id = kHere;
  key.provider = "openai";
  key.sealed_key = "sealed:K1";
  ASSERT_EQ(problem(store_->put_provider_key(key)), "");

  const auto refused =
      store_->reseal_all([](const std::string& sealed, const std::string&) -> Result<std::string> {
        if (sealed == "sealed:K1") return fail(Errc::invalid_argument, "made with a key that is gone");
        return "new";
      });
  EXPECT_EQ(code_of(refused), Errc::invalid_argument);
  EXPECT_EQ(store_->find_webhook(kHere, "W1")->sealed_secret, "sealed:W1");

  std::vector<std::string> places;
  const auto resealed =
      store_->reseal_all([&](const std::string& sealed, const std::string& place) -> Result<std::string> {
        places.push_back(place);
        return "new " + sealed;
      });
  ASSERT_EQ(problem(resealed), "");
  EXPECT_EQ(*resealed, 3);
  EXPECT_THAT(places, testing::UnorderedElementsAre("webhook W1", "telephony T1", "provider default openai"));
  EXPECT_EQ(store_->find_webhook(kHere, "W1")->sealed_secret, "new sealed:W1");
  EXPECT_EQ(store_->find_webhook(kHere, "W2")->sealed_secret, "");
  EXPECT_EQ(store_->find_telephony_config(kOther, "T1")->sealed_credentials, "new sealed:T1");
  EXPECT_EQ(store_->list_provider_keys(kHere)->front().sealed_key, "new sealed:K1");
  WebhookRecord stale = make_webhook("W3", {"*"});
  stale.id = "W1";
  EXPECT_EQ(code_of(store_->update_webhook(stale, 1)), Errc::conflict) << "an old secret does not come back";
}

}  // namespace
}  // namespace parley::storage
