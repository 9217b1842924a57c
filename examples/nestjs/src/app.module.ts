import { Controller, type DynamicModule, Get, Inject, Module } from "@nestjs/common";
import type { Flags, Flagsmith } from "flagsmith-isomorphic";
import { FLAGS, FlagsmithModule } from "./flagsmith.module.ts";

@Controller("items")
class ItemsController {
  constructor(@Inject(FLAGS) private readonly flags: Flags) {}

  @Get()
  getItems() {
    return {
      darkMode: this.flags.isFeatureEnabled("dark_mode"),
      maxItems: this.flags.getNumber("max_items", 10),
    };
  }
}

@Module({})
class AppModule {}

/** Creates the module of the app. Tests pass a client with flags of their own. */
export function createAppModule(flagsmith: Flagsmith): DynamicModule {
  return {
    module: AppModule,
    imports: [FlagsmithModule.forRoot(flagsmith)],
    controllers: [ItemsController],
  };
}
