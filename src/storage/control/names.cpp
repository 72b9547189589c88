// The words that roles and states are stored and told as.
#include "storage/control_store.hpp"

namespace parley::storage {

std::string_view to_string(UserRole role) {
  switch (role) {
    case UserRole::viewer:
      return "viewer";
    case UserRole::editor:
      return "editor";
    case UserRole::owner:
      return "owner";
  }
  return "viewer";
}

std::optional<UserRole> parse_user_role(std::string_view text) {
  for (const UserRole role : {UserRole::viewer, UserRole::editor, UserRole::owner}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

std::string_view to_string(DeliveryStatus status) {
  switch (status) {
    case DeliveryStatus::pending:
      return "pending";
    case DeliveryStatus::delivered:
      return "delivered";
    case DeliveryStatus::dead:
      return "dead";
  }
  return "pending";
}

std::optional<DeliveryStatus> parse_delivery_status(std::string_view text) {
  for (const DeliveryStatus status :
       {DeliveryStatus::pending, DeliveryStatus::delivered, DeliveryStatus::dead}) {
    if (text == to_string(status)) return status;
  }
  return std::nullopt;
}

}  // namespace parley::storage
