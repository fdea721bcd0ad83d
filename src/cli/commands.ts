// SPDX-License-Identifier: Apache-2.0
import type { Command } from "./command.ts";
import { applianceAccessPoint } from "./commands/appliance-access-point.ts";
import { applianceCode } from "./commands/appliance-code.ts";
import { applianceRequests } from "./commands/appliance-requests.ts";
import { applianceSetup } from "./commands/appliance-setup.ts";
import { applianceStatus } from "./commands/appliance-status.ts";
import { applianceUpdate } from "./commands/appliance-update.ts";
import { audit } from "./commands/audit.ts";
import { bench } from "./commands/bench.ts";
import { bundleApp } from "./commands/bundle-app.ts";
import { bundleImage } from "./commands/bundle-image.ts";
import { bundleKey } from "./commands/bundle-key.ts";
import { check } from "./commands/check.ts";
import { convert } from "./commands/convert.ts";
import { doctor } from "./commands/doctor.ts";
import { pluginBuild } from "./commands/plugin-build.ts";
import { pluginCheck } from "./commands/plugin-check.ts";
import { pluginDisable } from "./commands/plugin-disable.ts";
import { pluginEnable } from "./commands/plugin-enable.ts";
import { pluginGenerations } from "./commands/plugin-generations.ts";
import { pluginIndex } from "./commands/plugin-index.ts";
import { pluginInfo } from "./commands/plugin-info.ts";
import { pluginInstall } from "./commands/plugin-install.ts";
import { pluginKey } from "./commands/plugin-key.ts";
import { pluginList } from "./commands/plugin-list.ts";
import { pluginLock } from "./commands/plugin-lock.ts";
import { pluginLog } from "./commands/plugin-log.ts";
import { pluginNew } from "./commands/plugin-new.ts";
import { pluginPack } from "./commands/plugin-pack.ts";
import { pluginPrepare } from "./commands/plugin-prepare.ts";
import { pluginRate } from "./commands/plugin-rate.ts";
import { pluginRemove } from "./commands/plugin-remove.ts";
import { pluginRollback } from "./commands/plugin-rollback.ts";
import { pluginSearch } from "./commands/plugin-search.ts";
import { pluginSign } from "./commands/plugin-sign.ts";
import { pluginSource } from "./commands/plugin-source.ts";
import { pluginTrust } from "./commands/plugin-trust.ts";
import { pluginVerify } from "./commands/plugin-verify.ts";
import { process } from "./commands/process.ts";
import { run } from "./commands/run.ts";
import { safeModeLeave } from "./commands/safe-mode-leave.ts";
import { safeModeShow } from "./commands/safe-mode-show.ts";
import { tokenShow } from "./commands/token-show.ts";
import { update } from "./commands/update.ts";
import { updateStatus } from "./commands/update-status.ts";

/** All commands, in the order of their help. */
export const commands: readonly Command[] = [
  run,
  process,
  convert,
  check,
  bench,
  doctor,
  pluginNew,
  pluginBuild,
  pluginCheck,
  pluginInstall,
  pluginRemove,
  pluginList,
  pluginInfo,
  pluginEnable,
  pluginDisable,
  pluginLog,
  pluginSearch,
  pluginSource,
  pluginRate,
  pluginPack,
  pluginKey,
  pluginSign,
  pluginVerify,
  pluginTrust,
  pluginIndex,
  pluginGenerations,
  pluginRollback,
  pluginLock,
  pluginPrepare,
  tokenShow,
  audit,
  safeModeShow,
  safeModeLeave,
  update,
  updateStatus,
  applianceAccessPoint,
  applianceSetup,
  applianceStatus,
  applianceCode,
  bundleApp,
  bundleImage,
  bundleKey,
  applianceRequests,
  applianceUpdate,
];
