import { EmptyState } from "../../components/States";
import { PageHead } from "../../components/PageHead";

export const PlanPage = () => <><PageHead title="Plan" /><EmptyState title="This page is not built yet; the command line shows the same:" command="gitflow plan" /></>;
